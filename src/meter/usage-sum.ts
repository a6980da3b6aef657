import { createHash } from 'node:crypto'
import { type Calendar, hourOf } from '../lib/calendar.ts'
import { type KeptRequest, newestKept } from './kept-request.ts'
import { addLatency, type LatencyHistograms, latencyOf } from './latency-histograms.ts'
import { addMeasures, type Measures, measuresOf } from './measures.ts'
import { packRow } from './request-row.ts'
import type { Settlement } from './settlement.ts'

/** The maximum length of a model's or user's name in the usage; callers choose both. */
export const MAX_USAGE_NAME_CHARACTERS = 128

/** Hexadecimal digits of the hash that distinguishes long names. */
const NAME_HASH_DIGITS = 16

/** Shorter outputs are not representative of a model's speed. */
const MIN_TOKENS_FOR_SPEED = 20

/** The dimensions of usage. */
export interface UsageNames {
  /** `2026-11-28`, in the billing time zone. */
  day: string
  /** `2026-11-28T13`, in UTC. */
  hour: string
  model: string
  /** The end user, or an empty text. */
  user: string
  endpoint: string
  /** Empty for cached responses and refusals of the gateway. */
  region: string
}

/** An error that requests ended with. */
export interface ErrorName {
  status: number
  /** DashScope's code, or the gateway's in its native form. */
  code: string
  /** The gateway's own reason; empty for errors of DashScope. */
  reason: string
}

/** The usage of requests with the same names and the same error, or no error. */
export interface UsageSum extends UsageNames {
  /** When the first of them arrived: that day is charged, even if the response ends after midnight. */
  startedMs: number
  /** When the last of them ended. */
  endedMs: number
  measures: Measures
  latency: LatencyHistograms
  error?: ErrorName
  /** Their rows of the request log, oldest first. */
  rows: string[]
  /** Their bodies and responses, of a key with `log_bodies`. */
  kept?: KeptRequest[]
}

/**
 * The usage of one request.
 *
 * @param calendar of the billing time zone.
 */
export function usageSumOf(settlement: Settlement, calendar: Calendar): UsageSum {
  const { startedMs, nowMs, model, user, endpoint = '', region = '', response, row, kept } = settlement
  const error = response && errorOf(response)
  return {
    startedMs,
    endedMs: nowMs,
    day: calendar.dayOf(startedMs),
    hour: hourOf(startedMs),
    model: usageName(model),
    user: usageName(user),
    endpoint,
    region,
    measures: measuresOf(settlement),
    latency: response && !error ? latencyOf(timingsOf(settlement, response)) : {},
    ...(error && { error }),
    rows: row ? [packRow(row)] : [],
    ...(kept && { kept: [kept] }),
  }
}

/** Adds up usage: one sum for each combination of names. */
export class UsageSums {
  readonly #sums = new Map<string, UsageSum>()

  add(added: UsageSum): void {
    const { hour, model, user, endpoint, region, error } = added
    const name = JSON.stringify([hour, model, user, endpoint, region, error])
    const sum = this.#sums.get(name)
    if (!sum) {
      this.#sums.set(name, structuredClone(added))
      return
    }
    addMeasures(sum.measures, added.measures)
    addLatency(sum.latency, added.latency)
    sum.endedMs = Math.max(sum.endedMs, added.endedMs)
    sum.rows.push(...added.rows)
    if (added.kept) sum.kept = newestKept([...(sum.kept ?? []), ...added.kept])
  }

  all(): UsageSum[] {
    return [...this.#sums.values()]
  }
}

/** Shortens a name for the usage tables; long names with the same beginning stay distinct. */
export function usageName(name: string): string {
  if (name.length <= MAX_USAGE_NAME_CHARACTERS) return name
  const hash = createHash('sha256').update(name).digest('hex').slice(0, NAME_HASH_DIGITS)
  return `${name.slice(0, MAX_USAGE_NAME_CHARACTERS - NAME_HASH_DIGITS - 1)}~${hash}`
}

function errorOf({
  status,
  code = '',
  reason = '',
}: NonNullable<Settlement['response']>): ErrorName | undefined {
  return status >= 400 || code !== '' ? { status, code, reason } : undefined
}

function timingsOf(
  { ending, usage }: Settlement,
  { firstMs, totalMs }: NonNullable<Settlement['response']>,
): Parameters<typeof latencyOf>[0] {
  if (ending !== 'complete') return {}
  const seconds = (totalMs - (firstMs ?? 0)) / 1000
  const isMeasured = firstMs !== undefined && usage.output >= MIN_TOKENS_FOR_SPEED && seconds > 0
  return {
    total: totalMs,
    ...(firstMs !== undefined && { first: firstMs }),
    ...(isMeasured && { speed: usage.output / seconds }),
  }
}
