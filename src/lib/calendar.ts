import { setBounded } from './bounded-map.ts'

/** How far the clocks of two machines may differ. */
export const CLOCK_TOLERANCE_SECONDS = 60

export const HOUR_MS = 3_600_000
export const DAY_MS = 24 * HOUR_MS

/**
 * Offsets from UTC are multiples of 15 minutes, and change on such a multiple (IANA time zone database, since 1972).
 */
const QUARTER_MS = HOUR_MS / 4

/** A day begins up to 14 hours before the same day in UTC (Line Islands), and up to 13 after (Baker Island, a gap at midnight). */
const EARLIEST_MS = -14 * HOUR_MS
const LATEST_MS = 13 * HOUR_MS

/** Memoized offsets: a month of quarters of an hour. */
const REMEMBERED_OFFSETS = 3000

/** A day or month in milliseconds since 1970: from its start to the start of the next one. */
export interface Period {
  startMs: number
  endMs: number
}

/** The day and month that contain a moment. */
export type Periods = Readonly<Record<'day' | 'month', Period>>

/** The days and months of a time zone, which may be longer or shorter when clocks change. */
export class Calendar {
  readonly timeZone: string
  readonly #format: Intl.DateTimeFormat | undefined
  readonly #offsets = new Map<string, number>()

  /**
   * @param timeZone a name of the IANA database, as in `Asia/Shanghai`.
   * @throws RangeError for an unknown one.
   */
  constructor(timeZone: string) {
    this.timeZone = 'UTC'
    // The first format of an isolate loads the time zones, which takes longer than the rest of its start.
    if (timeZone === 'UTC') return
    const format = new Intl.DateTimeFormat('en', { timeZone, timeZoneName: 'longOffset' })
    this.timeZone = format.resolvedOptions().timeZone
    if (this.timeZone !== 'UTC') this.#format = format
  }

  /** The day of a moment as `2026-11-24`. */
  dayOf(nowMs: number): string {
    return this.#localText(nowMs).slice(0, 10)
  }

  /** The day in which an hour of UTC begins. */
  dayOfHour(hour: string): string {
    return this.dayOf(Date.parse(`${hour}:00Z`))
  }

  /** The hours of UTC that some days touch, from the first to the last of both days included. */
  hoursOf(from: string, to: string): { from: string; to: string } {
    return { from: hourOf(this.#startOf(from)), to: hourOf(this.#startOf(shiftDay(to, 1)) - 1) }
  }

  /** The first day of the month of a moment, as `2026-11-01`. */
  firstDayOfMonth(nowMs: number): string {
    return `${this.dayOf(nowMs).slice(0, 7)}-01`
  }

  /** The day that many days before a moment. */
  daysBefore(nowMs: number, days: number): string {
    return shiftDay(this.dayOf(nowMs), -days)
  }

  /** The day and the month of a moment. */
  periodsAt(nowMs: number): Periods {
    const day = this.dayOf(nowMs)
    const first = this.firstDayOfMonth(nowMs)
    const next = `${shiftDay(first, 31).slice(0, 7)}-01`
    return {
      day: { startMs: this.#startOf(day), endMs: this.#startOf(shiftDay(day, 1)) },
      month: { startMs: this.#startOf(first), endMs: this.#startOf(next) },
    }
  }

  /** The first moment of a day, searched in steps of 15 minutes: some zones skip midnight when clocks change. */
  #startOf(day: string): number {
    const utcMs = Date.parse(day)
    if (!this.#format) return utcMs
    let before = utcMs + EARLIEST_MS - QUARTER_MS
    let within = utcMs + LATEST_MS
    while (within - before > QUARTER_MS) {
      const middle = before + Math.floor((within - before) / (2 * QUARTER_MS)) * QUARTER_MS
      if (this.dayOf(middle) < day) before = middle
      else within = middle
    }
    return within
  }

  #localText(nowMs: number): string {
    return new Date(nowMs + this.#offsetMs(nowMs)).toISOString()
  }

  #offsetMs(nowMs: number): number {
    if (!this.#format) return 0
    const quarter = Math.floor(nowMs / QUARTER_MS)
    const known = this.#offsets.get(`${quarter}`)
    if (known !== undefined) return known
    const offset = offsetIn(this.#format, quarter * QUARTER_MS)
    setBounded(this.#offsets, `${quarter}`, offset, REMEMBERED_OFFSETS)
    return offset
  }
}

/** The hour of a moment in UTC as `2026-11-24T13`: in a time zone whose clocks go back, two hours would share a name. */
export function hourOf(nowMs: number): string {
  return new Date(nowMs).toISOString().slice(0, 13)
}

/** The calendar of UTC, for all records that do not affect a bill. */
export const UTC = new Calendar('UTC')

/** The day that many days after another, both as `2026-11-24`. */
export function shiftDay(day: string, days: number): string {
  return UTC.dayOf(Date.parse(day) + days * DAY_MS)
}

/** Whether a text is an existing day, like `2026-11-24`. */
export function isDay(text: string): boolean {
  const ms = /^\d{4}-\d{2}-\d{2}$/.test(text) ? Date.parse(text) : Number.NaN
  return !Number.isNaN(ms) && UTC.dayOf(ms) === text
}

/** An offset as the runtime formats it: `GMT`, `GMT+08:00`. */
function offsetIn(format: Intl.DateTimeFormat, atMs: number): number {
  const name = format.formatToParts(atMs).find(({ type }) => type === 'timeZoneName')?.value ?? ''
  const [, sign, hours = '0', minutes = '0'] = /^GMT(?:([+-])(\d\d):(\d\d))?/.exec(name) ?? []
  return (sign === '-' ? -1 : 1) * (Number(hours) * HOUR_MS + Number(minutes) * 60_000)
}
