import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { describe, expect, it } from 'vitest'
import { type Frame, readFrames } from '../../../src/dashscope/stream/frames.ts'
import type { Framing } from '../../../src/dashscope/stream/framing.ts'
import { joinEvents } from '../../../src/dashscope/stream/join.ts'
import { splitIntoEvents } from '../../../src/dashscope/stream/split.ts'

const RECORDINGS = join(import.meta.dirname, '../../recordings')

/** Recorded streams, and what their text holds when read by eye. */
const STREAMS: [string, Framing['format'], RegExp, RegExp?][] = [
  ['single-generation-text-sse', 'native', /^1\+1等于2。$/],
  ['single-generation-message-sse', 'native', /1/],
  ['single-generation-message-with-tools-sse', 'native', /^目前杭州和上海的天气情况如下：.*以防下雨。$/s],
  ['single-generation-message-reasoning-sse', 'native', /，欢迎继续提问！😊$/, /^嗯，/],
  ['conversation-generation-message-with-files-sse', 'native', /。$/],
  ['multimodal-generation-vl-sse', 'native', /^这是一个海滩，有沙滩和海浪。.*和其他访客。$/s],
]

const RESPONSES: [string, Framing['format']][] = [
  ['single-generation-text-nosse', 'native'],
  ['single-generation-message-nosse', 'native'],
  ['single-generation-message-search-nosse', 'native'],
  ['single-generation-message-with-tools-nosse', 'native'],
  ['multimodal-generation-vl-nosse', 'native'],
  ['multimodal-generation-vl-video-nosse', 'native'],
  ['multimodal-generation-audio-nosse', 'native'],
]

function recorded(name: string): Uint8Array {
  return readFileSync(join(RECORDINGS, `${name}.response.body.txt`))
}

function framing(format: Framing['format'], incremental = true): Framing {
  return { format, incremental, includeUsage: true, choices: 1 }
}

/** What an answer or frame says, wherever it stands. */
function said(text: string): { text: string; reasoning: string; usage: unknown; request_id: unknown } {
  const { output, usage, request_id } = JSON.parse(text)
  const message = output.choices?.[0].message
  const content = message ? message.content : output.text
  return {
    text: Array.isArray(content) ? content.map((part) => part.text).join('') : content,
    reasoning: message?.reasoning_content ?? '',
    usage,
    request_id,
  }
}

/** The pieces of all frames joined, independent of the code under test. */
function joined(frames: readonly Frame[]): { text: string; reasoning: string } {
  const all = frames.map(({ data }) => said(data))
  return {
    text: all.map(({ text }) => text).join(''),
    reasoning: all.map(({ reasoning }) => reasoning).join(''),
  }
}

describe('a recorded stream', () => {
  it.each(STREAMS)(
    'The stream %s is joined into the response that it tells.',
    (name, format, text, reasoning) => {
      const response = joinEvents(recorded(name), framing(format)) ?? ''
      const frames = readFrames(recorded(name))
      const last = JSON.parse(frames.at(-1)?.data ?? '')
      expect(said(response)).toEqual({
        ...joined(frames),
        usage: last.usage,
        request_id: last.request_id,
      })
      expect(said(response).text).toMatch(text)
      if (reasoning) expect(said(response).reasoning).toMatch(reasoning)
      expect(response).toContain('"finish_reason":"stop"')
    },
  )

  it.each(STREAMS)(
    'The stream %s is not a response if it is cut after any frame but the last.',
    (name, format) => {
      const text = new TextDecoder().decode(recorded(name))
      const frames = text.split(/(?<=\n\n)/)
      for (let count = 0; count < frames.length; count++) {
        const cut = new TextEncoder().encode(frames.slice(0, count).join(''))
        expect(joinEvents(cut, framing(format))).toBeUndefined()
      }
    },
  )

  it.each(STREAMS)('The stream %s has the frames of DashScope when it is made again.', (name, format) => {
    const response = joinEvents(recorded(name), framing(format)) ?? ''
    const made = splitIntoEvents(response, framing(format)) ?? ''
    const [first = ''] = new TextDecoder().decode(recorded(name)).split('\n\n')
    const shape = (frame: string) => Object.keys(JSON.parse(frame.split('\ndata:')[1] ?? '').output)
    expect(made.split('\n\n')[0]?.split('data:')[0]).toBe(first.split('data:')[0])
    expect(shape(made.split('\n\n')[0] ?? '').sort()).toEqual(shape(first).sort())
    expect(made.endsWith('\n\n')).toBe(true)
  })
})

describe('a recorded answer', () => {
  const modes = [true, false].flatMap((incremental) =>
    RESPONSES.map(([name, format]) => [name, format, incremental] as const),
  )
  it.each(modes)(
    'The response %s (%s, incremental %s) is unchanged after it was split and joined.',
    (name, format, incremental) => {
      const text = new TextDecoder().decode(recorded(name))
      const stream = splitIntoEvents(text, framing(format, incremental)) ?? ''
      const again = joinEvents(new TextEncoder().encode(stream), framing(format, incremental)) ?? ''
      expect(JSON.parse(again)).toEqual(JSON.parse(text))
    },
  )

  it('An embedding or a task cannot be split into a stream.', () => {
    for (const name of ['text-embedding-nosse', 'image-synthesis-nosse', 'parameter-error-nosse']) {
      const text = new TextDecoder().decode(recorded(name))
      expect(splitIntoEvents(text, framing('native'))).toBeUndefined()
    }
  })
})
