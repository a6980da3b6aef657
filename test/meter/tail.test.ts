import { describe, expect, it } from 'vitest'
import { NO_USAGE, type Usage } from '../../src/dashscope/usage.ts'
import {
  emptyTail,
  keepTail,
  STREAM_HEAD_BYTES,
  STREAM_TAIL_BYTES,
  type Tail,
  tailBytes,
  usageOfTail,
  watchUsage,
} from '../../src/meter/tail.ts'

const encoder = new TextEncoder()

/** A reservation of so many input tokens and no output. */
function reserved(input: number): Usage {
  return { ...NO_USAGE, input, estimated: true }
}

/** The tail of a stream that came in these chunks. */
function tailOf(chunks: readonly (string | Uint8Array)[]): Tail {
  const tail = emptyTail()
  for (const chunk of chunks) keepTail(tail, typeof chunk === 'string' ? encoder.encode(chunk) : chunk)
  return tail
}

function inPieces(text: string, size: number): Uint8Array[] {
  const bytes = encoder.encode(text)
  return Array.from({ length: Math.ceil(bytes.byteLength / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  )
}

function native(text: string, output: number): string {
  return `id:1\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify({
    output: { choices: [{ message: { content: text, role: 'assistant' }, finish_reason: 'null' }] },
    usage: {
      total_tokens: 7 + output,
      output_tokens: output,
      input_tokens: 7,
      prompt_tokens_details: { cached_tokens: 2 },
    },
    request_id: 'r',
  })}\n\n`
}

const NATIVE_USAGE = { ...NO_USAGE, input: 7, cached: 2 }

describe('what is kept of a stream', () => {
  it.each([1, 100, 4000, 70_000])(
    'The beginning and the end are kept, in chunks of %i bytes, and never much more.',
    (size) => {
      const text = 'äöü 你好 '.repeat(20_000)
      const whole = encoder.encode(text)
      const chunks = inPieces(text, size)
      const tail = tailOf(size === 1 ? chunks.slice(-70_000) : chunks)
      const kept = tailBytes(tail)
      expect(kept.byteLength).toBeGreaterThanOrEqual(STREAM_TAIL_BYTES)
      expect(kept.byteLength).toBeLessThan(STREAM_TAIL_BYTES + size)
      expect(Buffer.compare(kept, whole.subarray(-kept.byteLength))).toBe(0)
      expect(tail.headBytes).toBeGreaterThanOrEqual(STREAM_HEAD_BYTES)
      expect(tail.headBytes).toBeLessThan(STREAM_HEAD_BYTES + size)
    },
  )

  it('A short stream is kept whole, byte for byte, and the chunks themselves are not changed.', () => {
    const chunks = inPieces(native('你好', 3), 5)
    const before = chunks.map((chunk) => [...chunk])
    const tail = tailOf(chunks)
    expect(new TextDecoder().decode(tailBytes(tail))).toBe(native('你好', 3))
    expect(tail.seen).toBe(encoder.encode(native('你好', 3)).byteLength)
    expect(chunks.map((chunk) => [...chunk])).toEqual(before)
  })

  it('Nothing is kept of a stream without a byte.', () => {
    expect(tailBytes(emptyTail()).byteLength).toBe(0)
  })
})

describe('the usage of a native stream', () => {
  it.each([1, 2, 3, 7, 64, 1000])(
    'The usage is that of the last frame, wherever the stream is cut (%i bytes).',
    (size) => {
      const text = native('你', 1) + native('你好', 2) + native('你好啊', 3)
      expect(usageOfTail(tailOf(inPieces(text, size)), ['usage'], reserved(99))).toEqual({
        ...NATIVE_USAGE,
        output: 3,
      })
    },
  )

  it('The usage is that of the last complete frame if the last one is cut.', () => {
    const torn = native('你好啊', 3)
    const text = native('你', 1) + native('你好', 2) + torn.slice(0, torn.length / 2)
    expect(usageOfTail(tailOf([text]), ['usage'], reserved(99))).toEqual({ ...NATIVE_USAGE, output: 2 })
  })

  it('The usage is read from a frame longer than the tail, even if the text mentions usage.', () => {
    const said = '"usage":{"input_tokens":1000000} } { '.repeat(STREAM_TAIL_BYTES / 20)
    const text = native('a', 1) + native(said, 20_000)
    const usage = usageOfTail(tailOf(inPieces(text, 4096)), ['usage'], reserved(99))
    expect(usage).toEqual({ ...NATIVE_USAGE, output: 20_000 })
  })

  it('The usage of an application is the sum of its models, even in a frame longer than the tail.', () => {
    const models = [
      { input_tokens: 5, output_tokens: 6, model_id: 'a' },
      { input_tokens: 7, output_tokens: 8, model_id: 'b' },
    ]
    const frame = { output: { text: 'x'.repeat(2 * STREAM_TAIL_BYTES) }, usage: { models }, request_id: 'r' }
    const usage = usageOfTail(
      tailOf(inPieces(`data:${JSON.stringify(frame)}\n\n`, 5000)),
      ['usage'],
      reserved(99),
    )
    expect(usage).toMatchObject({ input: 12, output: 14 })
    expect(usage).not.toHaveProperty('estimated')
  })

  it('The usage is estimated if the last one never ends, without a parse for each of its braces.', () => {
    const text = `data:{"usage":{"a":[${'{},'.repeat(350_000)}`
    expect(usageOfTail(tailOf([text]), ['usage'], reserved(5))).toMatchObject({ input: 5, estimated: true })
  })
})

describe('the usage of a compatible stream', () => {
  const chunk = (usage: object | null) =>
    `data: ${JSON.stringify({ choices: [{ delta: { content: 'hello' } }], usage })}\n\n`

  it('The usage is that of the last chunk if the request asked for it.', () => {
    const last = { prompt_tokens: 4, completion_tokens: 5, total_tokens: 9 }
    const text = `${chunk(null)}${chunk(null)}data: ${JSON.stringify({ choices: [], usage: last })}\n\ndata: [DONE]\n\n`
    expect(usageOfTail(tailOf([text]), ['usage'], reserved(99))).toMatchObject({ input: 4, output: 5 })
  })

  it('The usage is estimated from sizes if the request did not ask for it, and marked.', () => {
    const text = `${chunk(null).repeat(10)}data: [DONE]\n\n`
    const usage = usageOfTail(tailOf([text]), ['usage'], reserved(99))
    expect(usage).toMatchObject({ input: 99, estimated: true })
    expect(usage.output).toBe(Math.ceil(text.length / 80))
  })
})

describe('usage that a stream does not report', () => {
  const chunk = 'data: {"choices":[{"delta":{"content":"hello"}}],"usage":null}\n\n'

  it('Usage that is not reported is charged with no less than was reserved.', () => {
    const usage = usageOfTail(tailOf([chunk]), ['usage'], { ...reserved(99), output: 1000 })
    expect(usage).toMatchObject({ input: 99, output: 1000, estimated: true })
  })

  it('Usage that is not reported is charged by size if that is more.', () => {
    const usage = usageOfTail(tailOf([chunk.repeat(100)]), ['usage'], { ...reserved(99), output: 10 })
    expect(usage.output).toBe(Math.ceil((chunk.length * 100) / 80))
  })
})

describe('the usage of a native stream with several choices', () => {
  const frame = (index: number, output: number, text = 'x') =>
    `data:${JSON.stringify({
      output: { choices: [{ index, message: { content: text } }] },
      usage: { input_tokens: 5, output_tokens: output },
    })}\n\n`

  it.each([1, 64, 5000])(
    'The usage is the sum of all outputs, however far apart they end (%i bytes).',
    (size) => {
      const filler = frame(1, 6, 'y'.repeat(STREAM_TAIL_BYTES))
      const text = frame(0, 1) + frame(1, 1) + frame(0, 400) + filler + frame(1, 7)
      const watch = watchUsage(['usage'], 2)
      for (const piece of inPieces(text, size)) watch.see(piece)
      expect(watch.usage(reserved(99))).toMatchObject({ input: 5, output: 407 })
    },
  )
})

describe('the usage of an Anthropic stream', () => {
  const start =
    'event: message_start\ndata: {"type":"message_start","message":{"content":[],"usage":{"input_tokens":12,"output_tokens":0}}}\n\n'
  const delta =
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"type":"text_delta","text":"hi"}}\n\n'
  const end =
    'event: message_delta\ndata: {"type":"message_delta","delta":{"stop_reason":"end_turn"},"usage":{"output_tokens":34}}\n\nevent: message_stop\ndata: {"type":"message_stop"}\n\n'

  it.each([1, 1000])(
    'The usage joins the first and the last event, however far apart (%i deltas).',
    (deltas) => {
      const usage = usageOfTail(
        tailOf(inPieces(start + delta.repeat(deltas) + end, 500)),
        ['usage'],
        reserved(99),
      )
      expect(usage).toMatchObject({ input: 12, output: 34 })
      expect(usage).not.toHaveProperty('estimated')
    },
  )

  it.each([1, 1000])(
    'A stream that broke after %i deltas has its true input and an estimated output.',
    (deltas) => {
      const text = start + delta.repeat(deltas)
      const usage = usageOfTail(tailOf(inPieces(text, 500)), ['usage'], reserved(99))
      expect(usage).toMatchObject({ input: 12, output: Math.ceil(text.length / 80), estimated: true })
    },
  )

  it('A stream does not count as finished because its text says so.', () => {
    const text = start + delta.replace('hi', '\\"type\\":\\"message_delta\\"')
    expect(usageOfTail(tailOf([text]), ['usage'], reserved(99))).toMatchObject({ input: 12, estimated: true })
  })
})
