import { describe, expect, it } from 'vitest'
import type { Endpoint } from '../../src/dashscope/endpoint.ts'
import { findEndpoint } from '../../src/dashscope/endpoints.ts'
import { describeRequest } from '../../src/dashscope/request/describe.ts'
import type { Usage } from '../../src/dashscope/usage.ts'
import { estimateUsage } from '../../src/meter/estimate.ts'

function at(path: string): Endpoint {
  const found = findEndpoint('POST', path)
  if (found.kind !== 'endpoint') throw new Error(`Nothing at ${path}.`)
  return found.endpoint
}

function estimate(endpoint: Endpoint, body: unknown, bytes: number): Usage {
  return estimateUsage(endpoint, describeRequest(endpoint, new Headers(), body), bytes)
}

const TEXT = at('/api/v1/services/aigc/text-generation/generation')
const CHAT = at('/compatible-mode/v1/chat/completions')
const MESSAGES = at('/apps/anthropic/v1/messages')
const RESPONSES = at('/compatible-mode/v1/responses')
const EMBEDDING = at('/api/v1/services/embeddings/text-embedding/text-embedding')
const RERANK = at('/api/v1/services/rerank/text-rerank/text-rerank')
const APP = at('/api/v1/apps/a-1/completion')
const IMAGES = at('/api/v1/services/aigc/text2image/image-synthesis')
const VIDEO = at('/api/v1/services/aigc/video-generation/video-synthesis')
const TRANSCRIPTION = at('/api/v1/services/audio/asr/transcription')
const MULTIMODAL = at('/api/v1/services/aigc/multimodal-generation/generation')

describe('the estimate of a request', () => {
  it.each<[string, Endpoint, object, number]>([
    ['a native bound', TEXT, { parameters: { max_tokens: 50 } }, 50],
    ['no bound', TEXT, {}, 1000],
    ['a bound at a place that is not its own', TEXT, { input: { max_tokens: 50 } }, 1000],
    ['a bound of chat', CHAT, { max_tokens: 60 }, 60],
    ['the larger of two bounds', CHAT, { max_tokens: 60, max_completion_tokens: 70 }, 70],
    ['several answers', CHAT, { max_tokens: 60, n: 3 }, 180],
    ['several native answers without a bound', TEXT, { parameters: { n: 2 } }, 2000],
    ['a bound of messages', MESSAGES, { max_tokens: 80 }, 80],
    ['a bound of responses', RESPONSES, { max_output_tokens: 90 }, 90],
    ['a bound of 0', CHAT, { max_tokens: 0 }, 1000],
    ['a bound below 0', CHAT, { max_tokens: -5 }, 1000],
    ['a bound that is a text', CHAT, { max_tokens: '50' }, 1000],
    ['a fraction', CHAT, { max_tokens: 0.5 }, 1000],
    ['no answers', CHAT, { max_tokens: 60, n: 0 }, 60],
    ['a length with a fraction', CHAT, { max_tokens: 4000.5 }, 4001],
    ['a bound beyond exact numbers', CHAT, { max_tokens: 1e17 }, 1_000_000],
    ['a bound that no number holds', CHAT, { max_tokens: Infinity }, 1_000_000],
    ['a budget of a model that thinks unasked', CHAT, { model: 'qwen3.8-max', thinking_budget: 500 }, 1500],
    ['a budget of a model that does not', CHAT, { model: 'qwen-plus', thinking_budget: 500 }, 1000],
    ['an absurd bound', CHAT, { max_tokens: Number.MAX_SAFE_INTEGER, n: 4 }, 1_000_000],
    ['an embedding', EMBEDDING, { input: { texts: ['a'] } }, 0],
    ['a ranking', RERANK, { input: { query: 'a', documents: [] } }, 0],
  ])('The output is estimated for %s', (_, endpoint, body, output) => {
    expect(estimate(endpoint, body, 400)).toMatchObject({ input: 100, output })
  })

  it('Text is counted by its bytes and rounded up.', () => {
    expect(estimate(CHAT, {}, 1).input).toBe(1)
    expect(estimate(CHAT, {}, 4).input).toBe(1)
    expect(estimate(CHAT, {}, 5).input).toBe(2)
  })

  it('Media are counted by their number, not by their size.', () => {
    const image = `data:image/png;base64,${'A'.repeat(100_000)}`
    const body = { input: { messages: [{ role: 'user', content: [{ image }, { text: 'What is this?' }] }] } }
    const bytes = JSON.stringify(body).length
    const { input } = estimate(MULTIMODAL, body, bytes)
    expect(input).toBe(1200 + Math.ceil((bytes - image.length) / 4))
  })

  it('The media of rankings and applications are counted too.', () => {
    const documents = [{ image: 'https://a.example/a.png' }, { text: 'x' }]
    expect(estimate(RERANK, { input: { query: 'a', documents } }, 400).input).toBe(100 + 1200)
    expect(
      estimate(APP, { input: { prompt: 'a', image_list: ['https://a', 'https://b'] } }, 400),
    ).toMatchObject({
      input: 100 + 2400,
      output: 1000,
    })
  })

  it.each<[string, Endpoint, object, Partial<Usage>]>([
    ['a video', CHAT, { messages: [{ content: [{ video_url: { url: 'https://a' } }] }] }, { input: 131_172 }],
    [
      'an audio',
      CHAT,
      { messages: [{ content: [{ input_audio: { data: 'https://a' } }] }] },
      { input: 131_172 },
    ],
    [
      'an audio in the body',
      CHAT,
      { messages: [{ content: [{ input_audio: { data: 'AAAA' } }] }] },
      { input: 103 },
    ],
    [
      'a document',
      TEXT,
      { model: 'qwen-long', input: { messages: [{ content: 'fileid://file-1' }] } },
      { input: 10_000_000 },
    ],
    [
      'a document of another model',
      CHAT,
      { model: 'qwen3.8-max', messages: [{ content: [{ file: { file_url: 'https://a' } }] }] },
      { input: 1_000_000 },
    ],
    [
      'thinking with a budget',
      CHAT,
      { max_tokens: 10, enable_thinking: true, thinking_budget: 90 },
      { output: 100 },
    ],
    ['images', IMAGES, { model: 'wanx-v1', input: {}, parameters: { n: 2 } }, { images: 2, output: 0 }],
    ['images without a number', IMAGES, { model: 'wanx-v1', input: {} }, { images: 4 }],
    [
      'images of a multimodal model',
      MULTIMODAL,
      { model: 'qwen-image-max', input: { messages: [] }, parameters: { n: 3 } },
      { images: 3 },
    ],
    ['speech', MULTIMODAL, { model: 'qwen3-tts-flash', input: { text: 'hello' } }, { characters: 5 }],
    [
      'a video to make',
      VIDEO,
      { model: 'wan2.6-t2v', input: {}, parameters: { duration: 10, size: '1280*720' } },
      { videoSeconds: 10, resolution: '720P' },
    ],
    [
      'a video with a named resolution',
      VIDEO,
      { model: 'MiniMax/MiniMax-H3', input: {}, parameters: { duration: 5, resolution: '2k' } },
      { videoSeconds: 5, resolution: '2K' },
    ],
    [
      'a transcription',
      TRANSCRIPTION,
      { input: { file_urls: ['https://a', 'https://b'] } },
      { seconds: 86_400 },
    ],
  ])('The worst case of %s is reserved.', (_, endpoint, body, usage) => {
    expect(estimate(endpoint, body, 400)).toMatchObject(usage)
  })

  it('Without a body the estimate is zero.', () => {
    expect(estimate(CHAT, undefined, 0)).toMatchObject({ input: 0, output: 0 })
  })
})
