import { effect, signal } from '@preact/signals'
import { store, stored } from '../state/preferences.ts'
import type { Texts } from './en/index.ts'

export type Language = 'en' | 'zh'

const LANGUAGE = 'dashscope-edge.language'

/** The `lang` attribute for each language. */
const TAGS: Readonly<Record<Language, string>> = { en: 'en', zh: 'zh-CN' }

/** The current language. */
export const language = signal<Language>(firstLanguage())

const loaded = signal<Texts | undefined>(undefined)

/**
 * All texts of the console in the current language; call it while rendering, so that a change triggers a new
 * rendering.
 */
export function texts(): Texts {
  if (!loaded.value) throw new Error('Texts are used before they are loaded.')
  return loaded.value
}

/**
 * Shows the console in a language. Each language is a separate script, so that visitors load only one.
 *
 * @throws errors of the import, such as after a deployment that replaced the script.
 */
export async function speak(next: Language): Promise<void> {
  const module = next === 'zh' ? await import('./zh/index.ts') : await import('./en/index.ts')
  loaded.value = module.texts
  language.value = next
  store(LANGUAGE, next)
}

effect(() => {
  document.documentElement.lang = TAGS[language.value]
})

/** Creating a formatter costs far more than using it, and a list formats hundreds of numbers per frame. */
const formatters = new Map<string, Intl.NumberFormat | Intl.DateTimeFormat>()

function kept<Formatter extends Intl.NumberFormat | Intl.DateTimeFormat>(
  options: object,
  make: (tag: string) => Formatter,
): Formatter {
  const tag = TAGS[language.value]
  const name = tag + JSON.stringify(options)
  const found = (formatters.get(name) as Formatter | undefined) ?? make(tag)
  formatters.set(name, found)
  return found
}

/** A number in the format of the language. */
export function formatNumber(value: number, options: Intl.NumberFormatOptions = {}): string {
  return kept(options, (tag) => new Intl.NumberFormat(tag, options)).format(value)
}

/** A large number in short form, like 15.7M or 1570万. */
export function formatShort(value: number): string {
  return formatNumber(value, { notation: 'compact', maximumFractionDigits: 1 })
}

/** Money with as many digits as a single request needs. */
export function formatMoney(value: number, currency: string): string {
  const digits =
    value !== 0 && Math.abs(value) < 1 ? { maximumSignificantDigits: 2 } : { maximumFractionDigits: 2 }
  return formatNumber(value, { style: 'currency', currency, currencyDisplay: 'narrowSymbol', ...digits })
}

const MOMENT = { dateStyle: 'short', timeStyle: 'medium' } as const

/** A time in local time. */
export function formatTime(value: string | number | Date): string {
  const date = new Date(value)
  if (Number.isNaN(date.getTime())) return ''
  return kept(MOMENT, (tag) => new Intl.DateTimeFormat(tag, MOMENT)).format(date)
}

const MINUTE = { month: 'numeric', day: 'numeric', hour: '2-digit', minute: '2-digit' } as const

/** A time in local time without year and seconds. */
export function formatMinute(value: number): string {
  return kept(MINUTE, (tag) => new Intl.DateTimeFormat(tag, MINUTE)).format(value)
}

/** A duration, like 412 ms, 2.9 s or 3 min. */
export function formatDuration(milliseconds: number): string {
  if (milliseconds < 1000) return `${Math.round(milliseconds)}\u00a0ms`
  if (milliseconds < 60_000)
    return `${formatNumber(milliseconds / 1000, { maximumFractionDigits: 1 })}\u00a0s`
  return `${formatNumber(milliseconds / 60_000, { maximumFractionDigits: 1 })}\u00a0min`
}

/** Bytes in MiB or KiB. */
export function formatBytes(bytes: number): string {
  const [value, unit] = bytes < 1024 * 1024 ? [bytes / 1024, 'KiB'] : [bytes / 1024 / 1024, 'MiB']
  return `${formatNumber(value, { maximumFractionDigits: 1 })}\u00a0${unit}`
}

function firstLanguage(): Language {
  const kept = stored(LANGUAGE)
  if (kept === 'en' || kept === 'zh') return kept
  return navigator.language.toLowerCase().startsWith('zh') ? 'zh' : 'en'
}
