import type { Fields } from './policy.ts'
import { minuteOf, table } from './table.ts'

/** Hooks as a table. */
export function hooksText(hooks: readonly Fields[]): string {
  if (hooks.length === 0) return 'There are no hooks. Create one: npm run edge -- hooks create --help'
  const rows = hooks.map(({ id, name, kind, key, preset, prompt, disabled }) => [
    String(id),
    String(name),
    String(kind),
    String(key),
    String(preset ?? Object(prompt).model ?? ''),
    disabled === true ? 'disabled' : 'active',
  ])
  return table(['id', 'name', 'kind', 'key', 'asks', 'state'], rows, { shrinkable: [1, 4] })
}

/** Events of a hook as a table: the author, and the text or why there is no reply. */
export function eventsText(events: readonly Fields[]): string {
  if (events.length === 0) return 'There are no such events.'
  const rows = events.map(({ id, received_at, status, reason, event }) => [
    String(id),
    minuteOf(String(received_at)),
    String(status),
    String(Object(Object(event).user).name ?? ''),
    String(reason ?? Object(event).text ?? ''),
  ])
  return table(['event', 'received', 'status', 'user', 'text or reason'], rows, { shrinkable: [3, 4] })
}
