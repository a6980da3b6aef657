import * as z from 'zod/mini'
import { HOOK_KINDS, type HookEvent } from '../../hooks/events/event.ts'
import type { Hook } from '../../hooks/hook-record.ts'
import { once } from '../../lib/once.ts'
import { closedObject } from '../../lib/schema/closed-object.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { readJsonBody } from '../json-body.ts'

const body = once(() => {
  const attachments = z.array(closedObject({ name: z.string(), source: z.string() }))
  const nullableText = z.nullable(z.string())

  const event = z.exactPartial(
    closedObject({
      id: z.string(),
      kind: z.enum(HOOK_KINDS),
      type: z.string(),
      text: z.string(),
      user: z.exactPartial(closedObject({ id: z.string(), name: z.string(), bot: z.boolean() })),
      chat: z.exactPartial(
        closedObject({ id: z.string(), type: z.enum(['direct', 'group', 'issue', 'pr']), name: z.string() }),
      ),
      thread: nullableText,
      reply_to: nullableText,
      quoted: nullableText,
      images: attachments,
      files: attachments,
      url: nullableText,
      raw: z.unknown(),
    }),
  )

  return closedObject({ event })
})

/** The event of a test request; missing fields get sample values. */
export async function testEvent(c: EdgeContext, { kind }: Hook): Promise<HookEvent> {
  const { event: sent } = await readJsonBody(c.req.raw, body())
  return {
    id: 'test',
    type: 'test',
    text: '',
    thread: null,
    reply_to: null,
    quoted: null,
    images: [],
    files: [],
    url: null,
    raw: {},
    ...sent,
    kind,
    user: { id: 'user', name: 'User', bot: false, ...sent.user },
    chat: { id: 'chat', type: 'group', name: 'Chat', ...sent.chat },
  }
}
