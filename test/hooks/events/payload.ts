import type { HookEvent, Payload, Reading } from '../../../src/hooks/events/event.ts'
import { bytesOf } from '../../../src/lib/json/utf8.ts'

export const NOW_MS = 1_795_824_000_000

/** What a sender sent: a body, as JSON unless it is a text, and headers. */
export function payload(body: unknown, headers: Record<string, string> = {}): Payload {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const sent = new Headers(headers)
  return {
    header: (name) => sent.get(name) ?? undefined,
    body: bytesOf(text),
    bodyHash: 'hash',
    nowMs: NOW_MS,
  }
}

/** The event without its raw payload; what was read instead where it is no event. */
export function essence(reading: Reading | { kind: 'refresh' }): Partial<HookEvent> | unknown {
  if (reading.kind !== 'event') return reading
  const { raw: _, ...rest } = reading.event
  return rest
}
