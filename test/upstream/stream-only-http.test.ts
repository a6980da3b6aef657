import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { nativeBody, TEXT } from '../harness/caller.ts'
import { events, json, type Respond } from '../harness/plain-upstream.ts'
import { useRig } from '../hostile/rig.ts'

const rig = useRig()
const REFUSAL =
  '{"code":"InvalidParameter","message":"parameter.enable_thinking must be set to false for non-streaming calls"}'
const STREAM = events([
  'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"output":{"text":"whole","finish_reason":"stop"},"usage":{"input_tokens":1,"output_tokens":1}}\n\n',
])

/** Refuses what is no stream, and takes as long for each answer. */
function slowly(milliseconds: number): Respond {
  return async (response, seen) => {
    await sleep(milliseconds)
    const respond = seen.headers['x-dashscope-sse'] === 'enable' ? STREAM : json(REFUSAL, 400)
    return respond(response, seen)
  }
}

function ask(model: string, headers: Record<string, string> = {}): Promise<Response> {
  return rig.post(TEXT, JSON.stringify(nativeBody(model, 'hi')), headers)
}

describe('a request that is refused only because it is not a stream', () => {
  it('The refused call is named among the attempts, and the next request is a stream at once.', async () => {
    rig.upstream.answer(slowly(0))
    const first = await ask('thinker-1')
    expect(await first.json()).toMatchObject({ output: { text: 'whole' } })
    expect(first.headers.get('x-edge-attempts')).toBe('2;path="beijing=400, beijing=200"')
    expect((await ask('thinker-1')).headers.get('x-edge-attempts')).toBe('1;path="beijing=200"')
  })

  it('The request has its time once, and not for each call again.', async () => {
    rig.upstream.answer(slowly(1300))
    const response = await ask('thinker-2', { 'x-edge-timeout': '2' })
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ code: 'RequestTimeOut' })
  })

  it('The caller gets the refusal if DashScope refuses the stream with the same words.', async () => {
    rig.upstream.answer(json(REFUSAL, 400))
    const response = await ask('thinker-3')
    expect(response.status).toBe(400)
    expect(await response.text()).toBe(REFUSAL)
    expect(rig.upstream.seen).toHaveLength(2)
  })

  it('The refusal is believed for that request alone if DashScope may have quoted it.', async () => {
    const words = 'This model only support stream mode'
    rig.upstream.answer((response, seen) => {
      const quotes = seen.body.includes(words) && seen.headers['x-dashscope-sse'] !== 'enable'
      const plain = json('{"output":{"text":"plain","finish_reason":"stop"}}')
      return (quotes ? json(`{"code":"InvalidParameter","message":"${words}"}`, 400) : plain)(response, seen)
    })
    await rig.post(TEXT, JSON.stringify(nativeBody('quoted', words)), {})
    const other = await ask('quoted')
    expect(await other.json()).toMatchObject({ output: { text: 'plain' } })
    expect(other.headers.get('x-edge-attempts')).toBe('1;path="beijing=200"')
    expect(rig.upstream.seen.at(-1)?.headers['x-dashscope-sse']).toBeUndefined()
  })
})
