import { describe, expect, it } from 'vitest'
import type { Path } from '../auth/endpoint.ts'
import { check, refusal } from './check-caps.ts'

describe('caps on media', () => {
  const body = { input: { messages: [{ role: 'user', content: [{ image: 'data:image/png;base64,AAAA' }] }] } }

  it('The message names the numbers.', () => {
    expect(check({ media_parts: 1, media_bytes: 26 }, 'multimodal', body)).not.toThrow()
    expect(check({ media_parts: 0 }, 'multimodal', body)).toThrow(
      'input: this key requires at most 0 images, frames, audios and documents, got 1.',
    )
    expect(check({ media_bytes: 25 }, 'multimodal', body)).toThrow(
      'input: this key requires at most 25 bytes of media in the body itself, got 26.',
    )
  })

  it.each<[Path, unknown, string]>([
    ['app', { input: { prompt: 'x', image_list: ['https://a.example/a.png'] } }, 'input'],
    ['rerank', { input: { query: 'x', documents: [{ image: 'https://a.example/a.png' }] } }, 'input'],
    ['flatRerank', { query: { image: 'https://a.example/a.png' }, documents: ['x'] }, 'documents'],
  ])('%s: media outside of messages are counted: %j', (path, asked, field) => {
    expect(check({ media_parts: 0 }, path, asked)).toThrow(refusal(field))
    expect(check({ media_parts: 1 }, path, asked)).not.toThrow()
  })

  it.each<[Path, unknown, string]>([
    ['anthropic', { messages: [{ content: [{ type: 'video', source: { data: 'AA' } }] }] }, 'messages'],
    ['responses', { input: [{ content: [{ type: 'input_audio', data: 'AA' }] }] }, 'input'],
    ['text', { input: { messages: [{ role: 'system', content: 'fileid://file-1' }] } }, 'input'],
    ['chat', { messages: [{ content: [{ type: 'file', file: { file_url: 'https://a' } }] }] }, 'messages'],
  ])('%s: counts every form of media: %j', (path, asked, field) => {
    expect(check({ media_parts: 0 }, path, asked)).toThrow(refusal(field))
  })

  it('The items of a conversation are counted, and the message names them.', () => {
    const items = [{ role: 'user', content: [{ type: 'input_image', image_url: 'https://a.example/a.png' }] }]
    expect(check({ media_parts: 0 }, 'conversations', { items })).toThrow(refusal('items'))
  })

  it('The inputs of image and video tasks are not counted.', () => {
    const input = { prompt: 'x', img_url: 'https://a.example/a.png', image_url: 'https://a.example/a.png' }
    expect(check({ media_parts: 0 }, 'submit', { input })).not.toThrow()
  })

  it('An encrypted input is refused, because nothing in it can be counted.', () => {
    expect(check({ media_parts: 9 }, 'multimodal', { input: 'BASE64' })).toThrow(refusal('input'))
    expect(check({ media_parts: 9 }, 'responses', { input: 'a question' })).not.toThrow()
  })
})
