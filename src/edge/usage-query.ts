import { GatewayError } from '../errors.ts'
import { dayOf, daysBefore, isDay } from '../lib/calendar.ts'
import { USAGE_DAYS } from '../meter/object/usage-table.ts'
import { DIMENSIONS, type Dimension } from '../meter/usage-report.ts'
import { isKeyId } from '../policy/key-record.ts'

/** What GET /edge/usage covers when no first day is given: today and the days before, a month. */
const DEFAULT_USAGE_REPORT_DAYS = 30

/** What a usage report is asked for. */
export interface UsageQuery {
  /** UTC days, both included. */
  from: string
  to: string
  by: readonly Dimension[]
  key: string | undefined
  format: 'json' | 'csv'
}

const PARAMETERS: readonly string[] = ['from', 'to', 'group_by', 'key', 'format']

/**
 * Reads the parameters of `GET /edge/usage`. Unknown ones are refused: a misspelt filter must not become no filter.
 *
 * @param accept the `Accept` header, which asks for CSV where `format` is absent.
 * @throws GatewayError `invalid` that names the parameter.
 */
export function readUsageQuery(
  parameters: URLSearchParams,
  accept: string | null,
  nowMs: number,
): UsageQuery {
  for (const name of new Set(parameters.keys())) {
    if (!PARAMETERS.includes(name)) throw invalid(name, `only ${PARAMETERS.join(', ')}`)
    if (parameters.getAll(name).length > 1) throw invalid(name, 'one value')
  }
  const to = readDay(parameters, 'to', dayOf(nowMs))
  const from = readDay(parameters, 'from', daysBefore(Date.parse(to), DEFAULT_USAGE_REPORT_DAYS - 1))
  if (from > to) throw invalid('from', `a day that is not after "to" (${to})`)
  if (from < daysBefore(Date.parse(to), USAGE_DAYS))
    throw invalid('from', `at most ${USAGE_DAYS} days before "to"`)
  const key = parameters.get('key') ?? undefined
  if (key !== undefined && !isKeyId(key)) throw invalid('key', 'the id of a key, as in key_0123456789abcdef')
  const by = readDimensions(parameters.get('group_by') ?? 'day')
  return { from, to, by, key, format: readFormat(parameters.get('format'), accept) }
}

function readDay(parameters: URLSearchParams, name: string, fallback: string): string {
  const text = parameters.get(name)
  if (text === null) return fallback
  if (isDay(text)) return text
  throw invalid(name, 'a day (UTC) like 2026-11-24')
}

function readDimensions(text: string): readonly Dimension[] {
  const names = text.split(',').map((name) => name.trim())
  const by = names.map((name) => DIMENSIONS.find((dimension) => dimension === name))
  const known = by.filter((dimension) => dimension !== undefined)
  if (known.length === names.length && new Set(known).size === known.length) return known
  throw invalid('group_by', `some of ${DIMENSIONS.join(', ')}, separated by commas`)
}

function readFormat(format: string | null, accept: string | null): 'json' | 'csv' {
  if (format === null) return accept !== null && /(?:^|,)\s*text\/csv\b/i.test(accept) ? 'csv' : 'json'
  if (format === 'json' || format === 'csv') return format
  throw invalid('format', 'json or csv')
}

function invalid(param: string, expectation: string): GatewayError {
  return new GatewayError('invalid', `${param.slice(0, 40)}: expected ${expectation}.`, { param })
}
