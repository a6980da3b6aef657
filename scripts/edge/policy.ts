import { type Input, UsageError } from './command.ts'
import { removalFlags, SWITCHES, VALUE_FLAGS, type ValueFlag } from './policy-flags.ts'

/** A record of a key, or a part of one, as JSON. */
export type Fields = { [name: string]: unknown }

const SPAN_MS: Readonly<Record<string, number>> = { h: 3_600_000, d: 86_400_000 }

/** A change of a value in a record; `undefined` removes it. */
export interface Edit {
  path: readonly string[]
  value: unknown
}

/**
 * The body of `POST /edge/keys` for the given flags. The gateway validates the values.
 *
 * @throws UsageError for an invalid number or time.
 */
export function newPolicy(input: Input): Fields {
  return apply({}, readEdits(input))
}

/**
 * The body of `PATCH /edge/keys/{id}`. The gateway replaces whole fields of the record, so a change of one limit must
 * repeat the others.
 *
 * @param record the current record.
 */
export function changedPolicy(record: Fields, edits: readonly Edit[]): Fields {
  const changed = apply(record, edits)
  const touched = new Set(edits.flatMap(({ path }) => path.slice(0, 1)))
  return Object.fromEntries([...touched].map((field) => [field, changed[field] ?? null]))
}

/**
 * The changes for the given flags, in the order in which to apply them.
 *
 * @throws UsageError if two flags contradict each other, or a number or time is invalid.
 */
export function readEdits({ values, nowMs }: Input): Edit[] {
  const removals = removalFlags().filter(({ flag }) => values[flag] === true)
  const contradicted = removals.find(({ flag }) => values[flag.slice('no-'.length)] !== undefined)
  const switched = SWITCHES.find(({ flag, back }) => values[flag] && values[back])
  if (contradicted) throw contradiction(contradicted.flag, contradicted.flag.slice('no-'.length))
  if (switched) throw contradiction(switched.flag, switched.back)
  const sets = VALUE_FLAGS.flatMap((flag) => {
    const typed = values[flag.flag]
    return typed === undefined ? [] : [{ path: flag.path, value: read(flag, typed, nowMs) }]
  })
  const switches = SWITCHES.filter(({ flag }) => values[flag]).map(({ path, value }) => ({ path, value }))
  const taken = SWITCHES.filter(({ back }) => values[back]).map(({ path }) => ({ path, value: undefined }))
  // Removals first: "--no-limits --rpm 60" leaves only the given limit.
  return [...removals.map(({ path }) => ({ path, value: undefined })), ...taken, ...sets, ...switches]
}

function apply(record: Fields, edits: readonly Edit[]): Fields {
  return edits.reduce((fields, { path, value }) => withValue(fields, path, value), record)
}

/** A copy with one value set; an object is removed with its last value. */
function withValue(fields: Fields, [field = '', ...below]: readonly string[], value: unknown): Fields {
  const { [field]: old, ...rest } = fields
  const inner = below.length === 0 ? value : withValue(isFields(old) ? old : {}, below, value)
  const isGone = inner === undefined || (isFields(inner) && Object.keys(inner).length === 0)
  return isGone ? rest : { ...rest, [field]: inner }
}

function read({ flag, kind }: ValueFlag, typed: Input['values'][string], nowMs: number): unknown {
  const entries = readList([typed ?? []].flat().map(String))
  if (kind === 'list') return entries
  if (kind === 'numbers') return entries.map((entry) => readNumber(flag, entry, /^\d+$/))
  if (kind === 'map') return readMap(flag, entries)
  if (kind === 'chains') {
    const chains = Object.entries(readMap(flag, entries))
    return Object.fromEntries(chains.map(([name, models]) => [name, models.split('+')]))
  }
  const text = String(typed).trim()
  if (kind === 'text') return text
  if (kind === 'moment') return readMoment(flag, text, nowMs)
  if (kind === 'json') return readObject(flag, text)
  return readNumber(flag, text, kind === 'whole' ? /^\d+$/ : /^\d+(?:\.\d+)?$/)
}

function readNumber(flag: string, text: string, pattern: RegExp): number {
  if (pattern.test(text)) return Number(text)
  const kind = pattern.test('0.5') ? '' : 'whole '
  throw new UsageError(`--${flag} is "${text}" but must be a ${kind}number, like 60.`)
}

/** Parses entries of `name=value`; model names contain no `=`. */
function readMap(flag: string, entries: readonly string[]): Record<string, string> {
  const pairs = entries.map((entry) => {
    const [name = '', value = '', ...more] = entry.split('=')
    if (name && value && more.length === 0) return [name, value]
    throw new UsageError(`--${flag} is "${entry}" but must be a name and a model, like gpt-4o=qwen-plus.`)
  })
  return Object.fromEntries(pairs)
}

function readObject(flag: string, text: string): Fields {
  try {
    const value: unknown = JSON.parse(text)
    if (isFields(value)) return value
  } catch {
    // Invalid JSON is refused below.
  }
  throw new UsageError(`--${flag} is '${text}' but must be a JSON object, like {"temperature":0}.`)
}

function readList(values: readonly string[]): string[] {
  const entries = values.flatMap((value) => value.split(',')).map((entry) => entry.trim())
  const named = entries.filter(Boolean)
  return named.length === 1 && named[0] === 'none' ? [] : named
}

/** A day means its beginning in UTC; a full time is sent to the gateway unchanged. */
function readMoment(flag: string, text: string, nowMs: number): string {
  const [, count, unit = ''] = /^(\d{1,5})([hd])$/.exec(text) ?? []
  const span = SPAN_MS[unit]
  if (count !== undefined && span !== undefined) return new Date(nowMs + Number(count) * span).toISOString()
  if (/^\d{4}-\d{2}-\d{2}$/.test(text)) return `${text}T00:00:00Z`
  if (/^\d{4}-\d{2}-\d{2}T/.test(text)) return text
  throw new UsageError(
    `--${flag} is "${text}" but must be a duration (12h, 30d), a day (2027-01-31) or a time (2027-01-31T18:00:00Z).`,
  )
}

function contradiction(one: string, other: string): UsageError {
  return new UsageError(`--${one} and --${other} contradict each other. Give one of them.`)
}

function isFields(value: unknown): value is Fields {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
