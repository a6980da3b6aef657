import { describe, expect, it } from 'vitest'
import { countMedia } from '../../../src/dashscope/request/media.ts'

const DATA = 'data:image/png;base64,AAAA'

function nativeMessages(...content: unknown[]) {
  return { input: { messages: [{ role: 'user', content }] } }
}

function chatMessages(...content: unknown[]) {
  return { messages: [{ role: 'user', content }] }
}

describe('countMedia', () => {
  it.each<[string, Record<string, unknown>, number, number]>([
    ['nothing', {}, 0, 0],
    ['texts', nativeMessages({ text: DATA }, { type: 'text', text: 'x' }), 0, 0],
    ['a text that is a content', chatMessages(), 0, 0],
    ['addresses', nativeMessages({ image: 'https://a.example/a.png' }, { audio: 'oss://a' }), 2, 0],
    ['a data URL', nativeMessages({ image: DATA }), 1, 26],
    ['a data URL in capitals', nativeMessages({ image: DATA.toUpperCase() }), 1, 26],
    ['a part that is more than it says', nativeMessages({ type: 'text', text: 'x', image: DATA }), 1, 26],
    ['frames', nativeMessages({ video: [DATA, DATA, 'https://a.example/3.png'] }), 3, 52],
    ['documents', nativeMessages({ type: 'doc_url', doc_url: ['https://a', 'https://b'] }), 2, 0],
    [
      'parts of several messages',
      {
        messages: [
          ...chatMessages({ image_url: { url: DATA } }).messages,
          ...chatMessages({ video_url: { url: 'x' } }).messages,
        ],
      },
      2,
      26,
    ],
    ['an image as a plain address', chatMessages({ type: 'image_url', image_url: DATA }), 1, 26],
    ['audio in bare base64', chatMessages({ input_audio: { data: 'AAAA', format: 'wav' } }), 1, 4],
    ['a file', chatMessages({ type: 'file', file: { file_data: DATA, filename: 'a' } }), 1, 26],
    ['frames of chat', chatMessages({ type: 'video', video: [DATA, DATA] }), 2, 52],
    ['Anthropic’s image', chatMessages({ type: 'image', source: { type: 'base64', data: 'AAAA' } }), 1, 4],
    [
      'Anthropic’s document',
      chatMessages({ type: 'document', source: { type: 'url', url: 'https://a' } }),
      1,
      0,
    ],
    [
      'the answer of a tool',
      chatMessages({ type: 'tool_result', content: [{ type: 'image', source: { data: 'AA' } }] }),
      1,
      2,
    ],
    [
      'images in a document',
      chatMessages({
        type: 'document',
        source: { type: 'content', content: [{ type: 'image', source: { data: 'AA' } }] },
      }),
      2,
      2,
    ],
    [
      'a response’s image',
      { input: [{ role: 'user', content: [{ type: 'input_image', image_url: DATA }] }] },
      1,
      26,
    ],
    [
      'an image in an item of a conversation',
      { items: [{ type: 'message', role: 'user', content: [{ type: 'input_image', image_url: DATA }] }] },
      1,
      26,
    ],
    [
      'a response’s file',
      { input: [{ role: 'user', content: [{ type: 'input_file', file_id: 'f' }] }] },
      1,
      0,
    ],
    [
      'a multimodal embedding',
      { input: { contents: [{ image: DATA }, { text: 'x' }, { multi_images: [DATA, DATA] }] } },
      3,
      78,
    ],
    [
      'an embedding on the compatible path',
      { input: [{ image: DATA }, { video: 'https://a.example/a.mp4' }, { text: 'x' }, 'x', [1, 2]] },
      2,
      26,
    ],
    [
      'an application’s lists',
      {
        input: {
          prompt: 'x',
          image_list: ['https://a.example/a.png', DATA],
          file_list: ['https://a.example/a.pdf'],
          biz_params: { image: 'a name' },
        },
      },
      3,
      26,
    ],
    ['an application’s empty lists', { input: { prompt: 'x', image_list: [], file_list: null } }, 0, 0],
    [
      'what is ranked, and by what',
      {
        input: {
          query: { image: DATA },
          documents: [{ image: DATA }, { video: 'https://a.example/a.mp4' }, { text: DATA }, DATA],
        },
      },
      3,
      52,
    ],
    [
      'what is ranked on the compatible path',
      { query: { image: DATA }, documents: [{ video: ['https://a', DATA] }, { text: 'x' }, 'x'] },
      3,
      52,
    ],
    ['texts that are ranked', { input: { query: 'x', documents: ['y'] } }, 0, 0],
    ['Anthropic’s video', chatMessages({ type: 'video', source: { type: 'base64', data: 'AAAA' } }), 1, 4],
    [
      'a response’s audio, which has no wrapper',
      { input: [{ role: 'user', content: [{ type: 'input_audio', data: 'AAAA', format: 'wav' }] }] },
      1,
      4,
    ],
    ['documents that a text names', nativeMessages({ text: 'fileid://file-1,fileid://file-2' }), 2, 0],
    ['documents in a plain content', { messages: [{ role: 'system', content: 'fileid://file-1' }] }, 1, 0],
    ['a placeholder for a document', nativeMessages({ text: 'Write fileid://{id} here.' }), 0, 0],
    [
      'the files of an application session',
      { input: { prompt: 'x', rag_options: { session_file_ids: ['a', 'b'] } } },
      2,
      0,
    ],
    ['parts of odd types', nativeMessages({ type: { toString: 1 }, source: { data: 'AA' } }), 0, 0],
    ['nulls', nativeMessages({ text: 'x', image: null }, null, 'x', 7), 0, 0],
  ])('The media are counted in %s', (_, body, parts, bytes) => {
    expect(countMedia(body)).toMatchObject({ parts, bytes })
  })

  it('Counting ends on a body that is very deep.', () => {
    let content: unknown[] = [{ image: DATA }]
    for (let depth = 0; depth < 10_000; depth++) content = [{ type: 'tool_result', content }]
    expect(countMedia(chatMessages(...content))).toMatchObject({ parts: 1, bytes: 26 })
  })
})
