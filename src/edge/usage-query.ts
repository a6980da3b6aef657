import type { GatewayError } from '../errors.ts'
import { type Calendar, isDay, shiftDay } from '../lib/calendar.ts'
import { USAGE_DAYS, USAGE_HOUR_DAYS } from '../meter/object/usage-table.ts'
import { totalsKey } from '../meter/totals.ts'
import { DIMENSIONS, type Dimension } from '../meter/usage-report.ts'
import { isKeyId } from '../policy/key-record.ts'
import { invalidParameter } from '../policy/query.ts'
import { readUsageCursor, type UsageCursor } from './usage-cursor.ts'

/** Days of a report without `from`: a month, including today. */
const DEFAULT_REPORT_DAYS = 30

/** The query of a report over days. */
export interface ReportQuery<Name extends string> {
  /** Days of the billing time zone, both included. */
  from: string
  to: string
  by: readonly Name[]
  key: string | undefined
  format: 'json' | 'csv'
  /** Whether a CSV begins with a byte order mark, without which spreadsheets do not detect UTF-8. */
  hasBom: boolean
}

/** The query of a usage report. */
export interface UsageQuery extends ReportQuery<Dimension> {
  /** Where the previous page ended. */
  cursor: UsageCursor | undefined
}

/** The properties of a kind of report. */
export interface ReportKind<Name extends string> {
  dimensions: readonly Name[]
  /** The default dimensions, without `group_by`. */
  usual: Name
  /** The number of days that it covers at most. */
  days: number
}

const PARAMETERS: readonly string[] = ['from', 'to', 'group_by', 'key', 'format', 'bom']

const USAGE: ReportKind<Dimension> = { dimensions: DIMENSIONS, usual: 'day', days: USAGE_DAYS }

const DAY_CHARACTERS = '2026-11-28'.length
const HOUR_CHARACTERS = '2026-11-28T13'.length

/** Tables by endpoint, region and hour have no users, which would make too many rows. */
const WITHOUT_USERS: readonly Dimension[] = ['hour', 'endpoint', 'region']

/**
 * Reads the parameters of `GET /edge/usage`.
 *
 * @param accept the `Accept` header, which may select CSV if `format` is absent.
 * @param calendar the calendar of the billing time zone.
 * @throws GatewayError `invalid`, naming the parameter.
 */
export function readUsageQuery(
  parameters: URLSearchParams,
  accept: string | null,
  nowMs: number,
  calendar: Calendar,
): UsageQuery {
  const others = new URLSearchParams(parameters)
  others.delete('cursor')
  const query = readReportQuery(others, accept, nowMs, calendar, USAGE)
  const apart = query.by.find((dimension) => WITHOUT_USERS.includes(dimension))
  if (apart && query.by.includes('user')) {
    throw invalidParameter(
      'group_by',
      `either user or ${apart}, as usage by ${apart} is not kept for each user`,
    )
  }
  if (query.by.includes('hour') && query.from < calendar.daysBefore(nowMs, USAGE_HOUR_DAYS)) {
    throw invalidParameter(
      'from',
      `a day at most ${USAGE_HOUR_DAYS} days ago, since hours are not kept longer`,
    )
  }
  return { ...query, cursor: readCursor(parameters, query) }
}

function readCursor(parameters: URLSearchParams, { by }: ReportQuery<Dimension>): UsageCursor | undefined {
  const [text, ...further] = parameters.getAll('cursor')
  if (text === undefined) return undefined
  const cursor = further.length === 0 ? readUsageCursor(text) : undefined
  if (cursor && isOfReport(cursor, by)) return cursor
  throw invalidCursor()
}

function isOfReport(cursor: UsageCursor, by: readonly Dimension[]): boolean {
  if (cursor.kind === 'totals') return cursor.after.length === totalsKey(by).length
  const length = by.includes('hour') ? HOUR_CHARACTERS : DAY_CHARACTERS
  return [...cursor.from.values()].every((time) => time.length === length)
}

/** The error for a cursor that does not belong to this report. */
export function invalidCursor(): GatewayError {
  return invalidParameter('cursor', 'the cursor of the previous page, with the other parameters unchanged')
}

/**
 * Reads the parameters of a report over days. Unknown ones are refused: a misspelt filter must not be ignored.
 *
 * @throws GatewayError `invalid`, naming the parameter.
 */
export function readReportQuery<Name extends string>(
  parameters: URLSearchParams,
  accept: string | null,
  nowMs: number,
  calendar: Calendar,
  { dimensions, usual, days }: ReportKind<Name>,
): ReportQuery<Name> {
  requireKnown(parameters, PARAMETERS)
  const to = readDay(parameters, 'to', calendar.dayOf(nowMs))
  const from = readDay(parameters, 'from', shiftDay(to, 1 - DEFAULT_REPORT_DAYS))
  if (from > to) throw invalidParameter('from', `a day that is not after "to" (${to})`)
  if (from < shiftDay(to, -days)) throw invalidParameter('from', `at most ${days} days before "to"`)
  return {
    from,
    to,
    by: readDimensions(parameters.get('group_by') ?? usual, dimensions),
    key: readKeyParameter(parameters),
    format: readFormat(parameters.get('format'), accept),
    hasBom: readChoice(parameters, 'bom', ['0', '1']) === '1',
  }
}

/** Refuses unknown and repeated parameters. */
export function requireKnown(parameters: URLSearchParams, known: readonly string[]): void {
  for (const name of new Set(parameters.keys())) {
    if (!known.includes(name)) throw invalidParameter(name, `only ${known.join(', ')}`)
    if (parameters.getAll(name).length > 1) throw invalidParameter(name, 'one value')
  }
}

/** The id of a key, if one is given. */
export function readKeyParameter(parameters: URLSearchParams): string | undefined {
  const key = parameters.get('key') ?? undefined
  if (key === undefined || isKeyId(key)) return key
  throw invalidParameter('key', 'the id of a key, as in key_0123456789abcdef')
}

/** json or csv, by the parameter or else by the `Accept` header. */
export function readFormat(format: string | null, accept: string | null): 'json' | 'csv' {
  if (format === null) return accept !== null && /(?:^|,)\s*text\/csv\b/i.test(accept) ? 'csv' : 'json'
  if (format === 'json' || format === 'csv') return format
  throw invalidParameter('format', 'json or csv')
}

function readChoice(
  parameters: URLSearchParams,
  name: string,
  choices: readonly string[],
): string | undefined {
  const text = parameters.get(name) ?? undefined
  if (text === undefined || choices.includes(text)) return text
  throw invalidParameter(name, choices.join(' or '))
}

function readDay(parameters: URLSearchParams, name: string, fallback: string): string {
  const text = parameters.get(name)
  if (text === null) return fallback
  if (isDay(text)) return text
  throw invalidParameter(name, 'a day like 2026-11-24')
}

function readDimensions<Name extends string>(text: string, dimensions: readonly Name[]): readonly Name[] {
  const names = text.split(',').map((name) => name.trim())
  const by = names.map((name) => dimensions.find((dimension) => dimension === name))
  const known = by.filter((dimension) => dimension !== undefined)
  if (known.length === names.length && new Set(known).size === known.length) return known
  throw invalidParameter('group_by', `some of ${dimensions.join(', ')}, separated by commas`)
}
