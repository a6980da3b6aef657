import { effect, signal } from '@preact/signals'

export type Theme = 'auto' | 'light' | 'dark'

const THEME = 'dashscope-edge.theme'

/** The colour scheme; `auto` is the system's. No secret, so it may outlive the tab. */
export const theme = signal<Theme>(readTheme())

effect(() => {
  if (theme.value === 'auto') delete document.documentElement.dataset.theme
  else document.documentElement.dataset.theme = theme.value
  store(THEME, theme.value)
})

/** Light, then dark, then what the system says. */
export function nextTheme(): void {
  const order: Theme[] = ['auto', 'light', 'dark']
  theme.value = order[(order.indexOf(theme.value) + 1) % order.length] ?? 'auto'
}

/** Reads what {@link store} kept; a browser may forbid the storage. */
export function stored(name: string): string | undefined {
  try {
    return localStorage.getItem(name) ?? undefined
  } catch {
    return undefined
  }
}

/** Keeps a preference beyond the tab. Never call it with a credential. */
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
