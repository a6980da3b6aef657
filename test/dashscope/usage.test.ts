import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { usageOf } from '../../src/dashscope/read-usage.ts'
import { lastUsage } from '../../src/dashscope/stream/usage.ts'
import { NO_USAGE, type Usage } from '../../src/dashscope/usage.ts'

const RECORDINGS = 'test/recordings'
const NATIVE = ['usage']

function recording(name: string): Uint8Array {
  return readFileSync(`${RECORDINGS}/${name}.response.body.txt`)
}

/** What each recorded answer used; all others name no tokens. */
const RECORDED: Record<string, Partial<Usage>> = {
  'application-single-generation-text-sse': { input: 2304, output: 244 },
  'conversation-generation-message-with-files-sse': { input: 58, output: 57 },
  'get-task-image-synthesis-success-nosse': { images: 4 },
  'multimodal-generation-audio-nosse': { input: 786, output: 38, audio: 752 },
  'multimodal-generation-vl-nosse': { input: 3613, output: 3, image: 3577 },
  'multimodal-generation-vl-sse': { input: 1283, output: 85, image: 1247 },
  'multimodal-generation-vl-video-nosse': { input: 1466, output: 180, video: 1440 },
  'single-generation-message-nosse': { input: 8, output: 39 },
  'single-generation-message-reasoning-sse': { input: 16, output: 53, reasoning: 10 },
  'single-generation-message-search-nosse': {
    input: 2707,
    output: 266,
    toolCalls: 1,
    tools: { web_search: 1 },
  },
  'single-generation-message-sse': { input: 8, output: 40 },
  'single-generation-message-with-tools-nosse': { input: 211, output: 8 },
  'single-generation-message-with-tools-sse': { input: 283, output: 53 },
  'single-generation-text-nosse': { input: 16, output: 14 },
  'single-generation-text-sse': { input: 16, output: 6 },
  'text-embedding-nosse': { input: 3 },
  'tokenization-nosse': { input: 3 },
}

/** The content of a file names no usage of the request that reads it. */
const NAMES = readdirSync(RECORDINGS)
  .flatMap((file) => /^(.+)\.response\.body\.txt$/.exec(file)?.[1] ?? [])
  .filter((name) => !name.startsWith('get-file-content'))

describe('the usage of recorded traffic', () => {
  it.each(NAMES)('The usage of %s is read.', (name) => {
    const body = recording(name)
    const used = name.endsWith('-sse')
      ? lastUsage({ tail: body }, NATIVE)
      : usageOf(JSON.parse(new TextDecoder().decode(body)), NATIVE)
    const expected = RECORDED[name]
    expect(used).toEqual(expected && { ...NO_USAGE, ...expected })
  })

  it.each(NAMES.filter((name) => name.endsWith('-sse') && RECORDED[name]))(
    'The usage of %s is read from its tail alone.',
    (name) => {
      const body = recording(name)
      for (const size of [16_384, 16_385, 16_386, 16_387, 65_536]) {
        expect(lastUsage({ tail: body.subarray(-size) }, NATIVE)).toMatchObject(RECORDED[name] ?? {})
      }
    },
  )

  it('The usage of a stream that was left at any byte is that of its last complete frame.', () => {
    const body = recording('single-generation-text-sse')
    const text = new TextDecoder().decode(body)
    for (let end = 1; end <= body.byteLength; end++) {
      const whole = new TextDecoder().decode(body.subarray(0, end))
      const frames = whole
        .split('\n')
        .filter((line) => line.startsWith('data:') && text.includes(`${line}\n`))
      const output = /"output_tokens":(\d+)\}/.exec(frames.at(-1) ?? '')?.[1]
      expect(lastUsage({ tail: body.subarray(0, end) }, NATIVE)?.output).toBe(output && Number(output))
    }
  })
})

describe('the usage of an answer', () => {
  it.each<[string, unknown, Partial<Usage> | undefined]>([
    ['native', { input_tokens: 5, output_tokens: 3, total_tokens: 8 }, { input: 5, output: 3 }],
    [
      'native, from the cache',
      { input_tokens: 5, output_tokens: 3, prompt_tokens_details: { cached_tokens: 4 } },
      { input: 5, output: 3, cached: 4 },
    ],
    [
      'native, cached at the top',
      { input_tokens: 5, output_tokens: 3, cached_tokens: 4 },
      { input: 5, output: 3, cached: 4 },
    ],
    [
      'native, explicit cache',
      {
        input_tokens: 9,
        output_tokens: 1,
        prompt_tokens_details: { cached_tokens: 2, cache_type: 'ephemeral', cache_creation_input_tokens: 6 },
      },
      { input: 9, output: 1, cached: 2, written: 6 },
    ],
    [
      'native, details by kind',
      {
        input_tokens: 9,
        output_tokens: 1,
        input_tokens_details: { image_tokens: 4, video_tokens: 2, audio_tokens: 1 },
      },
      { input: 9, output: 1, image: 4, video: 2, audio: 1 },
    ],
    [
      'compatible',
      {
        prompt_tokens: 9,
        completion_tokens: 7,
        total_tokens: 16,
        prompt_tokens_details: { cached_tokens: 4, image_tokens: 3 },
        completion_tokens_details: { reasoning_tokens: 6, audio_tokens: 1 },
      },
      { input: 9, output: 7, cached: 4, image: 3, reasoning: 6, audio: 1, spoken: 1 },
    ],
    ['compatible embeddings', { prompt_tokens: 9, total_tokens: 9 }, { input: 9 }],
    ['rerank', { total_tokens: 79 }, { input: 79 }],
    [
      'responses',
      {
        input_tokens: 9,
        output_tokens: 7,
        input_tokens_details: { cached_tokens: 4 },
        output_tokens_details: { reasoning_tokens: 2 },
      },
      { input: 9, output: 7, cached: 4, reasoning: 2 },
    ],
    [
      'Anthropic, whose input leaves the cache out',
      { input_tokens: 5, output_tokens: 3, cache_read_input_tokens: 100, cache_creation_input_tokens: 20 },
      { input: 125, output: 3, cached: 100, written: 20 },
    ],
    [
      'Anthropic without cache',
      { input_tokens: 5, output_tokens: 3, cache_read_input_tokens: 0 },
      { input: 5, output: 3 },
    ],
    [
      'apps',
      {
        models: [
          { model_id: 'a', input_tokens: 5, output_tokens: 3 },
          { model_id: 'b', input_tokens: 2, output_tokens: 1 },
        ],
      },
      { input: 7, output: 4 },
    ],
    ['apps without a model', { models: [] }, undefined],
    ['floats', { input_tokens: 10.0, output_tokens: 2.6 }, { input: 10, output: 3 }],
    ['nothing', {}, undefined],
    ['images', { image_count: 4, width: 1024, height: 1024 }, { images: 4 }],
    ['images under their other name', { image_num: 1 }, { images: 1 }],
    ['characters of speech', { input_tokens: 0, output_tokens: 0, characters: 12 }, { characters: 12 }],
    [
      'seconds of recognised audio',
      { prompt_tokens: 9, completion_tokens: 3, seconds: 7 },
      { input: 9, output: 3, seconds: 7 },
    ],
    [
      'the duration of a transcription, of which a started second counts',
      { duration: 12.2 },
      { seconds: 13 },
    ],
    [
      'a video with its billed duration',
      {
        video_count: 1,
        duration: 15,
        input_video_duration: 5,
        output_video_duration: 10,
        SR: 720,
        ratio: '16:9',
      },
      { videoSeconds: 15, resolution: '720P' },
    ],
    [
      'older videos',
      { video_count: 2, video_duration: 5, video_ratio: '1080P' },
      { videoSeconds: 10, resolution: '1080P' },
    ],
    [
      'tools and pages of the compatible API',
      {
        prompt_tokens: 1,
        completion_tokens: 1,
        x_tools: { web_search: { count: 2 }, pdf_page_parser: { count: 8 } },
      },
      { input: 1, output: 1, toolCalls: 2, tools: { web_search: 2 }, pages: 8 },
    ],
    [
      'the web search of the native API',
      { input_tokens: 1, output_tokens: 1, plugins: { search: { count: 1, strategy: 'turbo' } } },
      { input: 1, output: 1, toolCalls: 1, tools: { web_search: 1 } },
    ],
    [
      'the web search of the Anthropic API',
      { input_tokens: 1, output_tokens: 1, server_tool_use: { web_search_requests: 3 } },
      { input: 1, output: 1, toolCalls: 3, tools: { web_search: 3 } },
    ],
    ['cloned voices', { count: 1 }, { toolCalls: 1, tools: { result: 1 } }],
    [
      'spoken output',
      { prompt_tokens: 1, completion_tokens: 9, completion_tokens_details: { audio_tokens: 8 } },
      { input: 1, output: 9, audio: 8, spoken: 8 },
    ],
    ['null', null, undefined],
    ['a text', 'usage', undefined],
    ['no numbers', { input_tokens: '5', output_tokens: null }, undefined],
    ['impossible numbers', { input_tokens: -5, output_tokens: 1e300 }, undefined],
    [
      'null for details',
      { input_tokens: 5, output_tokens: 1, prompt_tokens_details: null },
      { input: 5, output: 1 },
    ],
  ])('The usage is read: %s', (_, usage, expected) => {
    expect(usageOf({ usage }, NATIVE)).toEqual(expected && { ...NO_USAGE, ...expected })
  })

  it('The usage is in the event of the Responses API or in its whole response.', () => {
    const usage = { input_tokens: 9, output_tokens: 7 }
    const where = ['response', 'usage']
    expect(usageOf({ type: 'response.completed', response: { usage } }, where)).toMatchObject({ input: 9 })
    expect(usageOf({ object: 'response', usage }, where)).toMatchObject({ input: 9 })
    expect(usageOf({ type: 'response.created', response: { usage: null } }, where)).toBeUndefined()
  })

  it.each([undefined, null, 5, 'text', [], {}])('There is no usage in %j', (body) => {
    expect(usageOf(body, NATIVE)).toBeUndefined()
  })
})
