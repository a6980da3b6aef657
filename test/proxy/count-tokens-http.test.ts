import { describe, expect, it } from 'vitest'
import { ask, messagesBody } from '../harness/caller.ts'
import { json, type Respond } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'

const rig = useGateway()
const COUNT = '/apps/anthropic/v1/messages/count_tokens'

function count(): Promise<Response> {
  const body = messagesBody('qwen-plus', 'Hello')
  return ask({ address: rig.gateway.address, key: rig.key, path: COUNT, body })
}

const empty: Respond = (response) => void response.writeHead(404).end()

describe('counting tokens where DashScope does not count', () => {
  it.each<[string, Respond]>([
    ['an empty 404', empty],
    ['a native 404', json('{"code":"NotFound","message":"m"}', 404)],
  ])('The response to %s is a 404 of the dialect that says so.', async (_, respond) => {
    rig.upstream.answer(respond)
    const response = await count()
    expect(response.status).toBe(404)
    expect(await response.json()).toMatchObject({
      type: 'error',
      error: {
        type: 'not_found_error',
        message: 'DashScope does not have the endpoint "anthropic-count-tokens" in this region.',
      },
    })
  })

  it.each([
    ['A count', 200, '{"input_tokens":7}'],
    ['An error of the dialect', 404, '{"type":"error","error":{"type":"not_found_error","message":"model"}}'],
  ])('%s is relayed.', async (_, status, body) => {
    rig.upstream.answer(json(body, status))
    const response = await count()
    expect(response.status).toBe(status)
    expect(await response.text()).toBe(body)
  })
})
