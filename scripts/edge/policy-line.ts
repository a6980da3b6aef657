import { SWITCHES, VALUE_FLAGS, type ValueFlag } from './policy-flags.ts'

/** A flag a line: a browser would break a long line within `--`. */
const LINE_BREAK = ' \\\n  '

type Fields = Readonly<Record<string, unknown>>

/**
 * The shell command that creates a key with these fields.
 *
 * @param fields the body of `POST /edge/keys`; a field without a flag is left out.
 */
export function createLine(fields: Fields): string {
  const values = VALUE_FLAGS.flatMap(({ flag, path, kind }) => {
    const value = valueAt(fields, path)
    return value === undefined || value === '' ? [] : [`--${flag}=${quoted(written(kind, value))}`]
  })
  const switches = SWITCHES.filter(({ path, value }) => valueAt(fields, path) === value)
  const flags = [...values, ...switches.map(({ flag }) => `--${flag}`)]
  return ['npm run edge -- keys create', ...flags].join(LINE_BREAK)
}

function written(kind: ValueFlag['kind'], value: unknown): string {
  if (Array.isArray(value)) return value.length === 0 ? 'none' : value.join(',')
  if (typeof value !== 'object' || value === null) return String(value)
  if (kind === 'json') return JSON.stringify(value)
  const pairs = Object.entries(value as Record<string, unknown>)
  return pairs.map(([name, models]) => `${name}=${[models].flat().join('+')}`).join(',')
}

function valueAt(fields: Fields, path: readonly string[]): unknown {
  return path.reduce<unknown>(
    (inner, name) => (typeof inner === 'object' && inner !== null ? Reflect.get(inner, name) : undefined),
    fields,
  )
}

/** Quotes a word of a shell command if it contains special characters. */
function quoted(word: string): string {
  return /^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'\\''`)}'`
}
