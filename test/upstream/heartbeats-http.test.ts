import { describe, expect, it } from 'vitest'
import { ask, CHAT, chatBody, MESSAGES, messagesBody, nativeBody, SSE, TEXT } from '../harness/caller.ts'
import { useEmulatedGateway } from '../harness/use-gateway.ts'

/** The gateway waits 20 s for the first event, which decides whether a failure can still be retried. */
const LATE_MS = 24_000

const rig = useEmulatedGateway()

const DIALECTS: [string, string, object, Record<string, string>][] = [
  ['native', TEXT, nativeBody(`fault-heartbeats-${LATE_MS}`, 'hi'), SSE],
  ['compatible', CHAT, chatBody(`fault-heartbeats-${LATE_MS}`, 'hi', { stream: true }), {}],
  ['anthropic', MESSAGES, messagesBody(`fault-heartbeats-${LATE_MS}`, 'hi', { stream: true }), {}],
]

describe('a stream whose comments come long before its first event', () => {
  it.concurrent.each(DIALECTS)(
    'In the %s dialect the caller gets head and comments after 20 s, and the events when they come.',
    async (_, path, body, headers) => {
      const begun = Date.now()
      const response = await ask({ address: rig.gateway.address, key: rig.key, path, headers, body })
      const headMs = Date.now() - begun
      expect(response.status).toBe(200)
      expect(headMs).toBeGreaterThan(15_000)
      expect(headMs).toBeLessThan(LATE_MS - 1000)
      const reader = response.body?.pipeThrough(new TextDecoderStream()).getReader()
      const first = await reader?.read()
      expect(first?.value).toMatch(/^:/)
      expect(Date.now() - begun).toBeLessThan(LATE_MS - 1000)
      let text = first?.value ?? ''
      for (let next = await reader?.read(); next && !next.done; next = await reader?.read())
        text += next.value
      expect(text).toMatch(/\ndata: ?\{/)
      expect(Date.now() - begun).toBeGreaterThanOrEqual(LATE_MS - 1000)
    },
    60_000,
  )
})
