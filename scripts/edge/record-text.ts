import type { Fields } from './policy.ts'
import { VALUE_FLAGS } from './policy-flags.ts'
import { showable, table } from './table.ts'

/** Fields that are not shown. */
const HIDDEN = ['cache_generation']

/** Columns of {@link keyList} that are truncated if the table is too wide: name, models and limits. */
const SHRINKABLE = [1, 4, 5]

/** Prints a record as one line per field: `limits.requests_per_minute  60`. */
export function record(fields: Fields): string {
  const lines = flatten(fields).filter(([field]) => !HIDDEN.includes(field))
  const width = Math.max(...lines.map(([field]) => field.length))
  return lines.map(([field, value]) => `${field.padEnd(width)}  ${showable(value)}`).join('\n')
}

/** Keys as a table, with all limits in one column under their flag names. */
export function keyList(keys: readonly Fields[], nowMs: number): string {
  const rows = keys.map((key) => [
    String(key.id),
    String(key.name),
    stateText(key, nowMs),
    key.last_used_at === undefined ? 'never' : String(key.last_used_at).slice(0, 10),
    key.models === undefined ? 'all' : valueText(key.models),
    key.limits === undefined ? 'none' : limitsText(key.limits),
  ])
  const head = ['id', 'name', 'state', 'last used', 'models', 'limits']
  return table(head, rows, { shrinkable: SHRINKABLE })
}

function stateText({ disabled, expires_at }: Fields, nowMs: number): string {
  if (disabled === true) return 'disabled'
  if (expires_at === undefined) return 'active'
  const day = String(expires_at).slice(0, 10)
  return Date.parse(String(expires_at)) > nowMs ? `until ${day}` : `ended ${day}`
}

function limitsText(limits: unknown): string {
  return flatten(limits)
    .map(([name, quota]) => `${flagOf(name)}=${quota}`)
    .join(' ')
}

function flagOf(limit: string): string {
  return VALUE_FLAGS.find(({ path }) => path[0] === 'limits' && path[1] === limit)?.flag ?? limit
}

function flatten(value: unknown, path = ''): [path: string, text: string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, valueText(value)]]
  return Object.entries(value).flatMap(([name, inner]) => flatten(inner, path ? `${path}.${name}` : name))
}

function valueText(value: unknown): string {
  if (!Array.isArray(value)) return String(value)
  return value.length === 0 ? 'none' : value.join(', ')
}
