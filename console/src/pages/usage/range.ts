import type { UsageReport, UsageRow } from '../../gateway/shapes.ts'
import { gateway } from '../../state/credentials.ts'
import { route } from '../../state/route.ts'
import { sum } from './measures.ts'

/** Ranges in days; `24h` is the last 24 hours. */
export const RANGES = ['1', '24h', '7', '30', '90', '400'] as const

export type RangeName = (typeof RANGES)[number]

const DEFAULT_RANGE: RangeName = '30'

/** How long usage is kept; longer ranges have no previous range to compare with. */
const KEPT_DAYS = 400

/** How long hours and latency are kept. */
const KEPT_HOUR_DAYS = 31

const HOUR_MS = 3_600_000
const DAY_MS = 24 * HOUR_MS

/** Days or hours, oldest first, as the gateway names them. */
export interface Slots {
  unit: 'day' | 'hour'
  slots: readonly string[]
}

/** The range of a report, and the previous range, if the gateway still has its data. */
export interface Range extends Slots {
  name: RangeName
  before: Slots | undefined
}

/**
 * The range in the URL, in the gateway's time zone.
 *
 * @param by the dimension of the report: usage of users is not kept by hour.
 * @returns undefined until the gateway's time zone is known.
 */
export function currentRange(by: string, nowMs = Date.now()): Range | undefined {
  const facts = gateway.value
  if (facts === undefined) return undefined
  const name = RANGES.find((each) => each === route.value.query.get('days')) ?? DEFAULT_RANGE
  return rangeOf(name, by, nowMs, facts.time_zone ?? 'UTC')
}

/** The current day in the gateway's time zone. */
export function today(nowMs = Date.now()): Slots | undefined {
  const facts = gateway.value
  return facts && daysUpTo(clockOf(facts.time_zone ?? 'UTC')(nowMs).slice(0, 10), 1)
}

/** The days or hours of a range that ends now. */
export function rangeOf(name: RangeName, by: string, nowMs: number, timeZone: string): Range {
  const hourOf = clockOf(timeZone)
  const today = hourOf(nowMs).slice(0, 10)
  const hasHours = by !== 'user'
  if (name === '24h' && hasHours) {
    const hours = (fromMs: number) => hoursBefore(24, fromMs, hourOf)
    return { name, unit: 'hour', slots: hours(nowMs), before: { unit: 'hour', slots: hours(nowMs - DAY_MS) } }
  }
  if (name === '1' && hasHours) {
    const slots = hoursBefore(25, nowMs, hourOf).filter((hour) => hour.startsWith(today))
    const yesterday = slots.map((hour) => shifted(today, -1) + hour.slice(10))
    return { name, unit: 'hour', slots, before: { unit: 'hour', slots: yesterday } }
  }
  const count = name === '24h' ? 2 : Number(name)
  const before = 2 * count > KEPT_DAYS ? undefined : daysUpTo(shifted(today, -count), count)
  return { name, ...daysUpTo(today, count), before }
}

/** The last part of a range, for which hours and latency are still kept. */
export function recent({ unit, slots }: Slots): Slots {
  return unit === 'hour' ? { unit, slots } : { unit, slots: slots.slice(1 - KEPT_HOUR_DAYS) }
}

/** The parameters of a report over the days of a range. */
export function reportQuery({ slots }: Slots, groupBy: string, keyId = ''): string {
  const query = new URLSearchParams({
    from: slots[0]?.slice(0, 10) ?? '',
    to: slots.at(-1)?.slice(0, 10) ?? '',
    group_by: groupBy,
    ...(keyId && { key: keyId }),
  })
  return query.toString().replaceAll('%2C', ',')
}

/** Rows by hour, which the gateway names in UTC, with the hours of its time zone. */
export function inGatewayZone<Row extends { hour?: string }>(rows: readonly Row[]): Row[] {
  const hourOf = clockOf(gateway.value?.time_zone ?? 'UTC')
  return rows.map((row) =>
    row.hour === undefined ? row : { ...row, hour: hourOf(Date.parse(`${row.hour}:00Z`)) },
  )
}

/** Reports cover whole days; removes hours outside the range. */
export function within(report: UsageReport, { unit, slots }: Slots): UsageReport {
  if (unit === 'day') return report
  const wanted = new Set(slots)
  const rows = inGatewayZone(report.rows).filter(({ hour }) => hour !== undefined && wanted.has(hour))
  const none: UsageRow = { requests: 0, input_tokens: 0, output_tokens: 0 }
  return { ...report, rows, total: rows.reduce(sum, none) }
}

function daysUpTo(last: string, count: number): Slots {
  return { unit: 'day', slots: Array.from({ length: count }, (_, index) => shifted(last, index + 1 - count)) }
}

/** When clocks go back, two hours share a name. */
function hoursBefore(count: number, lastMs: number, hourOf: (ms: number) => string): string[] {
  const all = Array.from({ length: count }, (_, index) => hourOf(lastMs - index * HOUR_MS))
  return [...new Set(all)].reverse()
}

/** Formats hours like `2026-11-28T13`, using the Swedish locale, which matches ISO 8601. */
function clockOf(timeZone: string): (ms: number) => string {
  const format = new Intl.DateTimeFormat('sv', {
    timeZone,
    year: 'numeric',
    month: '2-digit',
    day: '2-digit',
    hour: '2-digit',
  })
  return (ms) => format.format(ms).replace(' ', 'T')
}

function shifted(day: string, days: number): string {
  return new Date(Date.parse(day) + days * DAY_MS).toISOString().slice(0, 10)
}
