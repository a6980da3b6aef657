import { describe, expect, it } from 'vitest'
import { CHAT, nativeBody, SSE, TEXT } from '../harness/caller.ts'
import { events, json, type Respond } from '../harness/plain-upstream.ts'
import { CHAT_BODY, NATIVE_BODY, useRig } from '../hostile/rig.ts'

const rig = useRig()
const REFUSAL =
  '{"code":"InvalidParameter","message":"This model only support stream mode, please enable the stream parameter to access the model."}'
const FRAME =
  'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"output":{"text":"whole","finish_reason":"stop"},"usage":{"input_tokens":1,"output_tokens":1}}\n\n'

/** Refuses what is no stream; the streams are told one after the other, and the last one again. */
function onlyStreams(...streams: readonly (readonly string[])[]): Respond {
  let turn = 0
  return (response, seen) => {
    if (seen.headers['x-dashscope-sse'] !== 'enable') return json(REFUSAL, 400)(response, seen)
    return events(streams[Math.min(turn++, streams.length - 1)] ?? [])(response, seen)
  }
}

describe('P4 an answer with nothing in it is none', () => {
  it.each([
    [TEXT, NATIVE_BODY, { code: 'InternalError.Upstream' }],
    [CHAT, CHAT_BODY, { error: { code: 'upstream_error' } }],
  ])('on %s, although it says 200 and JSON', async (path, body, error) => {
    rig.upstream.answer(json(''))
    const answer = await rig.post(path, body)
    expect(answer.status).toBe(502)
    expect(await answer.json()).toMatchObject(error)
    expect(rig.upstream.seen).toHaveLength(1)
  })

  it('and a stream without an event is asked for again, whoever wants it', async () => {
    rig.upstream.answer(onlyStreams([], [FRAME]))
    const whole = await rig.post(TEXT, JSON.stringify(nativeBody('silent-1', 'hi')))
    expect(whole.headers.get('x-edge-attempts')).toBe('2;path="beijing=lost, beijing=200"')
    expect(await whole.json()).toMatchObject({ output: { text: 'whole' } })

    rig.upstream.answer(onlyStreams([': keep-alive\n\n'], [FRAME]))
    const stream = await rig.post(TEXT, JSON.stringify(nativeBody('silent-2', 'hi')), SSE)
    expect(await stream.text()).toBe(FRAME)
  })
})
