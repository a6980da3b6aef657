import type { Fields } from './policy.ts'
import { showable, table } from './table.ts'

/** Means nothing to the operator but that there was a purge. */
const HIDDEN = ['cache_generation']

/** A record as lines of a field and its value, `limits.requests_per_minute  60`. */
export function record(fields: Fields): string {
  const lines = flatten(fields).filter(([field]) => !HIDDEN.includes(field))
  const width = Math.max(...lines.map(([field]) => field.length))
  return lines.map(([field, value]) => `${field.padEnd(width)}  ${showable(value)}`).join('\n')
}

/** Keys as a table, with all their bounds in one column. */
export function keyList(keys: readonly Fields[]): string {
  const rows = keys.map(({ id, name, created_at, expires_at, models, limits }) => [
    String(id),
    String(name),
    String(created_at).slice(0, 10),
    expires_at === undefined ? 'never' : String(expires_at),
    models === undefined ? 'all' : valueText(models),
    limits === undefined ? 'none' : boundsText(limits),
  ])
  return table(['id', 'name', 'created', 'expires', 'models', 'limits'], rows)
}

function boundsText(limits: unknown): string {
  return flatten(limits, '')
    .map(([name, quota]) => `${name}=${quota}`)
    .join(' ')
}

function flatten(value: unknown, path = ''): [path: string, text: string][] {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return [[path, valueText(value)]]
  return Object.entries(value).flatMap(([name, inner]) => flatten(inner, path ? `${path}.${name}` : name))
}

function valueText(value: unknown): string {
  if (!Array.isArray(value)) return String(value)
  return value.length === 0 ? 'none' : value.join(', ')
}
