/** How far the clocks of two machines may stand apart. */
export const CLOCK_TOLERANCE_SECONDS = 60

const DAY_MS = 86_400_000

/** The UTC day of a moment as `2026-11-24`. Budgets and usage go by UTC, which is the same day for every region. */
export function dayOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 10)
}

/** The first day of the UTC month of a moment, as `2026-11-01`. */
export function firstDayOfMonth(nowMs: number): string {
  return `${dayOf(nowMs).slice(0, 7)}-01`
}

/** The UTC day so many days before a moment. */
export function daysBefore(nowMs: number, days: number): string {
  return dayOf(nowMs - days * DAY_MS)
}

/** Whole seconds, rounded up, until the UTC day ends; `lengthSeconds` is how long it is. */
export function endOfDay(nowMs: number): { seconds: number; lengthSeconds: number } {
  return { seconds: Math.ceil((DAY_MS - (nowMs % DAY_MS)) / 1000), lengthSeconds: DAY_MS / 1000 }
}

/** Whole seconds, rounded up, until the UTC month ends; `lengthSeconds` is how long it is. */
export function endOfMonth(nowMs: number): { seconds: number; lengthSeconds: number } {
  const now = new Date(nowMs)
  const start = Date.UTC(now.getUTCFullYear(), now.getUTCMonth(), 1)
  const end = Date.UTC(now.getUTCFullYear(), now.getUTCMonth() + 1, 1)
  return { seconds: Math.ceil((end - nowMs) / 1000), lengthSeconds: (end - start) / 1000 }
}

/** Whether a text is a day that exists, as `2026-11-24`. */
export function isDay(text: string): boolean {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  return !Number.isNaN(ms) && dayOf(ms) === text
}

/** The UTC hour of a moment as `2026-11-24T13`. */
export function hourOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 13)
}

/** Whether a text is an hour that exists, as `2026-11-24T13`. */
export function isHour(text: string): boolean {
  const ms = /^\d{4}-\d{2}-\d{2}T\d{2}$/.test(text) ? Date.parse(`${text}:00:00Z`) : Number.NaN
  return !Number.isNaN(ms) && hourOf(ms) === text
}
