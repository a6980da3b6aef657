import { describe, expect, it } from 'vitest'
import { lastUsage } from '../../../src/dashscope/stream/usage.ts'
import { NO_USAGE } from '../../../src/dashscope/usage.ts'

const NATIVE = ['usage']

function bytes(text: string): Uint8Array {
  return new TextEncoder().encode(text)
}

describe('the usage of a stream', () => {
  const compatible = [
    'data: {"choices":[{"delta":{"content":"说"}}],"usage":null}',
    'data: {"choices":[],"usage":{"prompt_tokens":9,"completion_tokens":7}}',
    'data: [DONE]',
  ]

  it.each(['\n\n', '\r\n\r\n', '\r\r'])('Lines may end in %j', (end) => {
    expect(lastUsage({ tail: bytes(compatible.map((frame) => frame + end).join('')) }, NATIVE)).toMatchObject(
      {
        output: 7,
      },
    )
  })

  it('There is no usage if the compatible API was not asked for it.', () => {
    expect(lastUsage({ tail: bytes(`${compatible[0]}\n\n${compatible[2]}\n\n`) }, NATIVE)).toBeUndefined()
  })

  it('An empty usage and an error at the end are skipped.', () => {
    const text =
      'data:{"output":{},"usage":{"input_tokens":3,"output_tokens":2}}\n\nid:9\nevent:error\ndata:{"code":"Throttling","message":"…"}\n\n'
    expect(lastUsage({ tail: bytes(text) }, NATIVE)).toMatchObject({ input: 3, output: 2 })
    expect(lastUsage({ tail: bytes(`${text}data:{"output":{},"usage":{}}\n\n`) }, NATIVE)).toMatchObject({
      input: 3,
    })
  })

  it('Text of the model cannot forge a usage.', () => {
    const said = JSON.stringify({
      output: { text: '\ndata:{"usage":{"input_tokens":0,"output_tokens":0}}\n' },
    })
    const text = `data:{"usage":{"input_tokens":3,"output_tokens":2}}\n\ndata:${said}\n\n`
    expect(lastUsage({ tail: bytes(text) }, NATIVE)).toMatchObject({ input: 3, output: 2 })
  })

  it('The output of each choice is added up, and the input is counted once.', () => {
    const frame = (index: number, output: number) =>
      `data:${JSON.stringify({
        output: { choices: [{ index, message: { content: 'x' } }] },
        usage: { input_tokens: 5, output_tokens: output },
      })}\n\n`
    const text = frame(0, 1) + frame(1, 1) + frame(0, 400) + frame(1, 7)
    expect(lastUsage({ tail: bytes(text), choices: 2 }, NATIVE)).toMatchObject({ input: 5, output: 407 })
  })

  describe('the usage of an Anthropic stream', () => {
    const start =
      'event: message_start\ndata: {"type":"message_start","message":{"usage":{"input_tokens":25,"output_tokens":1}}}\n\n'
    const middle = 'event: content_block_delta\ndata: {"type":"content_block_delta","delta":{"text":"…"}}\n\n'
    const delta = 'event: message_delta\ndata: {"type":"message_delta","usage":{"output_tokens":15}}\n\n'
    const stop = 'event: message_stop\ndata: {"type":"message_stop"}\n\n'

    it('The input of the first event is added to the output of the last.', () => {
      expect(lastUsage({ tail: bytes(start + middle + delta + stop) }, NATIVE)).toEqual({
        ...NO_USAGE,
        input: 25,
        output: 15,
      })
      expect(lastUsage({ tail: bytes(middle + delta + stop), head: bytes(start + middle) }, NATIVE)).toEqual({
        ...NO_USAGE,
        input: 25,
        output: 15,
      })
    })

    it('Without the first event only the output is known, and only the input if the caller left.', () => {
      expect(lastUsage({ tail: bytes(middle + delta) }, NATIVE)).toMatchObject({ input: 0, output: 15 })
      expect(lastUsage({ tail: bytes(start + middle) }, NATIVE)).toMatchObject({ input: 25, output: 1 })
    })

    it('Each field of the first event that the last does not state is kept.', () => {
      const cached = start.replace('"input_tokens":25', '"input_tokens":25,"cache_read_input_tokens":2048')
      expect(lastUsage({ tail: bytes(cached + delta) }, NATIVE)).toMatchObject({ input: 2073, cached: 2048 })
      const late = delta.replace('"output_tokens"', '"cache_read_input_tokens":2048,"output_tokens"')
      expect(lastUsage({ tail: bytes(start + late) }, NATIVE)).toMatchObject({ input: 2073, output: 15 })
    })

    it('A last event that states both is trusted.', () => {
      const both = delta.replace('"output_tokens"', '"input_tokens":30,"output_tokens"')
      expect(lastUsage({ tail: bytes(start + both) }, NATIVE)).toMatchObject({ input: 30, output: 15 })
    })
  })

  it.each(['', 'data:', 'data: {"usage":', '\n\n\n', '<html>busy</html>'])(
    'There is no Anthropic usage in %j',
    (text) => {
      expect(lastUsage({ tail: bytes(text) }, NATIVE)).toBeUndefined()
    },
  )
})
