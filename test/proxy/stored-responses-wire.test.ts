import { describe, expect, it } from 'vitest'
import { useGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'

const RESPONSES = '/compatible-mode/v1/responses'
const CONVERSATIONS = '/compatible-mode/v1/conversations'
const AGENT = '/api/v2/apps/agent/app-1/compatible-mode/v1/responses'

const rig = useGateway()

/** A body whose spaces, escapes and numbers a parser would change. */
const ODD = (id: string) => `{ "id" : "${id}","created_at":1.0,"n":12345678901234567890, "t":"\\u4f60" }`

async function pass(method: string, path: string, body: string | undefined, id: string) {
  rig.upstream.answer((response) => {
    response.writeHead(200, { 'content-type': 'application/json', 'x-request-id': 'up-1' }).end(ODD(id))
  })
  return send(rig.gateway.address, {
    method,
    path,
    headers: {
      authorization: `Bearer ${rig.key}`,
      ...(body !== undefined && { 'content-type': 'application/json' }),
    },
    ...(body !== undefined && { body }),
  })
}

describe('P1: what is stored at DashScope is relayed byte for byte', () => {
  it.each<[method: string, path: string, body?: string | undefined, upstream?: string]>([
    ['POST', RESPONSES, '{ "model":"qwen-plus","input":"x","previous_response_id":"i-1", "n":1.0 }'],
    ['GET', `${RESPONSES}/i-1`],
    [
      'GET',
      `${RESPONSES}/i-1/input_items?limit=3&order=asc&after=m&api_key=x`,
      undefined,
      `${RESPONSES}/i-1/input_items?limit=3&order=asc&after=m`,
    ],
    ['POST', `${RESPONSES}/i-1/cancel`],
    ['GET', `/api/v2/apps/protocols${RESPONSES}/i-1`, undefined, `${RESPONSES}/i-1`],
    ['POST', CONVERSATIONS, '{ "items":[ {"role":"user","content":"\\u4f60"} ] }'],
    ['GET', `${CONVERSATIONS}/i-1`],
    ['POST', `${CONVERSATIONS}/i-1`, '{ "metadata":{"a" : "b"} }'],
    ['POST', `${CONVERSATIONS}/i-1/items`, '{"items":[ {} ]}'],
    ['GET', `${CONVERSATIONS}/i-1/items?limit=1`],
    ['GET', `${CONVERSATIONS}/i-1/items/m-1`],
    ['DELETE', `${CONVERSATIONS}/i-1/items/m-1`],
    ['POST', `/api/v2/apps/protocols${CONVERSATIONS}`, '{}', CONVERSATIONS],
    ['POST', AGENT, '{ "input":[ {"role":"user"} ],"background":true }'],
    ['GET', `${AGENT}/i-1`],
    ['POST', `${AGENT}/i-1/cancel`],
    ['DELETE', `${AGENT}/i-1`],
    ['DELETE', `${CONVERSATIONS}/i-1`],
  ])('%s %s', async (method, path, body, target = path) => {
    // From here on the key owns i-1 as a response and as a conversation.
    await pass('POST', RESPONSES, '{"model":"qwen-plus","input":"x"}', 'i-1')
    await pass('POST', CONVERSATIONS, '{}', 'i-1')
    const response = await pass(method, path, body, 'i-2')
    expect(response.status).toBe(200)
    expect(response.body.toString()).toBe(ODD('i-2'))
    const seen = rig.upstream.seen.at(-1)
    expect(seen).toMatchObject({ method, target })
    expect(seen?.body.toString()).toBe(body ?? '')
  })
})
