import { effect, signal } from '@preact/signals'

export type Theme = 'auto' | 'light' | 'dark'

const THEME = 'dashscope-edge.theme'

/** The colour scheme; `auto` is the system's. Not a secret, so it may be kept longer than the tab. */
export const theme = signal<Theme>(readTheme())

effect(() => {
  if (theme.value === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme.value
  store(THEME, theme.value)
})

/** Cycles through light, dark and the system's scheme. */
export function nextTheme(): void {
  const order: Theme[] = ['auto', 'light', 'dark']
  theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? 'auto'
}

/** Reads a preference saved by {@link store}; a browser may forbid storage. */
export function stored(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined
  } catch {
    return undefined
  }
}

/** Saves a preference permanently. Never call it with a credential. */
export function store(name: string, value: string): void {
  try {
    localStorage.setItem(name, value)
  } catch {
    // A private window without storage: the preference lasts as long as the page.
  }
}

function readTheme(): Theme {
  const value = stored(THEME)
  return value === 'light' || value === 'dark' ? value : 'auto'
}
