import { describe, expect, inject, it } from 'vitest'
import { get, MULTIMODAL, post, readFrames, STREAM, shapeOf, TEXT } from './client.ts'

const emulator = inject('emulatorAddress')

const ask = (model: string, input: object = { text: '你好, world', voice: 'Cherry' }): object => ({
  model,
  input,
})

/** An answer of qwen3-tts-flash and the frames of qwen-tts, as others have published them; data and addresses cut. */
const PUBLISHED = {
  answer: {
    output: {
      audio: { data: '', expires_at: 1770650166, id: 'audio_6', url: 'http://a/b.wav' },
      finish_reason: 'stop',
    },
    usage: { characters: 195 },
    request_id: '6',
  },
  middle: {
    output: { finish_reason: 'null', audio: { data: 'xxx', expires_at: 1753403234, id: 'audio_2' } },
    usage: {
      total_tokens: 65,
      input_tokens_details: { text_tokens: 17 },
      output_tokens: 48,
      input_tokens: 17,
      output_tokens_details: { audio_tokens: 48, text_tokens: 0 },
    },
    request_id: '2',
  },
}

describe('speech', () => {
  it('Speech without a stream is returned as a URL.', async () => {
    const response = await (await post(emulator, MULTIMODAL, ask('qwen3-tts-flash'))).json()
    expect(shapeOf(response)).toEqual(shapeOf(PUBLISHED.answer))
    const { output, request_id: id } = response as { output: { audio: { url: string } }; request_id: string }
    expect(output).toMatchObject({ audio: { data: '', id: `audio_${id}` }, finish_reason: 'stop' })
    expect(output.audio.url).toMatch(/^http:\/\/[^?]+\.wav\?Expires=\d+&OSSAccessKeyId=[^&]+&Signature=/)
  })

  it.each([
    ['Hello.', 6],
    ['你好, world', 11],
    // As many of each sort as in a published text that was billed with 195.
    [`${'好'.repeat(92)}T${'，'.repeat(9)}。`, 195],
  ])('Speech of qwen3-tts counts the characters of %s', async (text, characters) => {
    const response = await post(emulator, MULTIMODAL, ask('qwen3-tts-flash', { text, voice: 'Cherry' }))
    expect(await response.json()).toMatchObject({ usage: { characters } })
  })

  it('Speech of qwen-tts counts tokens.', async () => {
    const key = 'sk-speech'
    const response = await post(emulator, MULTIMODAL, ask('qwen-tts'), {}, key)
    expect(await response.json()).toMatchObject({
      usage: {
        input_tokens: 3,
        output_tokens: 3,
        total_tokens: 6,
        input_tokens_details: { text_tokens: 3 },
        output_tokens_details: { audio_tokens: 3, text_tokens: 0 },
      },
    })
    expect(await get(emulator, '/emulator/calls', key)).toMatchObject([
      { usage: { input_tokens: 3, output_tokens: 3, total_tokens: 6 } },
    ])
  })

  it.each(['qwen-tts', 'qwen3-tts-flash'])('Speech of %s streams samples, then the URL.', async (model) => {
    const frames = readFrames(await (await post(emulator, MULTIMODAL, ask(model), STREAM)).text())
    const all = frames.map(({ data }) => data as Spoken)
    const bytes = all.map(({ output }) => Buffer.from(output.audio.data, 'base64'))
    expect(Buffer.concat(bytes).toString('utf16le')).toBe('你好, world')
    expect(all.map(({ output }) => output.finish_reason)).toEqual([...all.slice(1).map(() => 'null'), 'stop'])
    expect(all.filter(({ output }) => output.audio.url !== undefined)).toEqual([all.at(-1)])
    expect(all.at(-1)?.output.audio).toMatchObject({ data: '', url: expect.stringContaining('.wav') })
    expect(new Set(all.map(({ output }) => output.audio.id)).size).toBe(1)
    expect(frames.map(({ event }) => event)).toEqual(all.map(() => 'result'))
    if (model === 'qwen-tts') {
      expect(shapeOf(all[0])).toEqual(shapeOf(PUBLISHED.middle))
      expect(all.map(({ usage }) => usage.output_tokens)).toEqual([1, 2, 3, 3])
    } else {
      expect(all.map(({ usage }) => usage.characters)).toEqual(all.map(() => 11))
    }
  })

  it.each([
    [{ voice: 'Cherry' }, 'Field required: input.text'],
    [{ messages: [{ role: 'user', content: 'hi' }] }, 'Field required: input.text'],
    [{ text: 'hi' }, 'Field required: input.voice'],
    [{ text: 'hi', voice: 'invalid' }, 'Invalid voice specified'],
  ])('Speech of %j is refused.', async (input, says) => {
    const response = await post(emulator, MULTIMODAL, ask('qwen3-tts-flash', input))
    expect([response.status, await response.text()]).toEqual([400, expect.stringContaining(says)])
    const streamed = await post(emulator, MULTIMODAL, ask('qwen3-tts-flash', input), STREAM)
    const text = await streamed.text()
    expect([streamed.status, readFrames(text)[0]?.event]).toEqual([200, 'error'])
    expect(text).toContain(says)
  })

  it('Speech is not available on the text path or from other models.', async () => {
    const wrong = await post(emulator, TEXT, ask('qwen3-tts-flash'))
    expect([wrong.status, await wrong.text()]).toEqual([400, expect.stringContaining('url error')])
    const other = await post(emulator, MULTIMODAL, ask('qwen3-vl-plus'))
    expect([other.status, await other.text()]).toEqual([400, expect.stringContaining('cannot both be none')])
  })
})

interface Spoken {
  output: { finish_reason: string; audio: { data: string; id: string; url?: string } }
  usage: { output_tokens?: number; characters?: number }
}
