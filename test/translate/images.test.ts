import { describe, expect, it } from 'vitest'
import { imagesIn } from '../../src/translate/image-response.ts'
import { editImages, generateImages } from '../../src/translate/images.ts'
import type { OpenAiRequest } from '../../src/translate/plan.ts'
import { asked, planned, refused } from './asked.ts'

const PNG = new Uint8Array([0x89, 80, 78, 71, 13, 10, 26, 10, 0])

describe('a request for images becomes the native request of its model', () => {
  it.each([
    'qwen-image',
    'qwen-image-plus',
    'qwen-image-2.0-pro',
    'qwen-image-3.0',
    'wan2.6-t2i',
    'wan2.7-image-pro',
    'wan3.0-image',
  ])('For %s the request is a message at multimodal-generation.', (model) => {
    expect(planned(generateImages, model, { prompt: 'a cat', n: 2, size: '1024x768' })).toEqual({
      endpoint: 'multimodal-generation',
      path: '/api/v1/services/aigc/multimodal-generation/generation',
      mode: 'whole',
      body: {
        input: { messages: [{ role: 'user', content: [{ text: 'a cat' }] }] },
        parameters: { n: 2, size: '1024*768' },
      },
    })
  })

  it.each(['wan2.2-t2i-plus', 'wan2.5-t2i-preview', 'wanx2.1-t2i-turbo', 'wanx-v1'])(
    'For %s the request is a task at text2image.',
    (model) => {
      const options = { prompt: 'a cat', negative_prompt: 'dogs', seed: 7, prompt_extend: false }
      expect(planned(generateImages, model, options)).toEqual({
        endpoint: 'text-to-image',
        path: '/api/v1/services/aigc/text2image/image-synthesis',
        mode: 'task',
        body: {
          input: { prompt: 'a cat', negative_prompt: 'dogs' },
          parameters: { n: 1, seed: 7, prompt_extend: false },
        },
      })
    },
  )

  it('For z-image the request is for one image, whose number is not named.', () => {
    expect(planned(generateImages, 'z-image-turbo', { prompt: 'a cat', n: 1 }).body).toEqual({
      input: { messages: [{ role: 'user', content: [{ text: 'a cat' }] }] },
      parameters: {},
    })
  })

  it('For Kling the request is a task with its own options.', () => {
    const options = { prompt: 'a cat', aspect_ratio: '1:1', resolution: '1k' }
    expect(planned(generateImages, 'kling/kling-v3-image-generation', options)).toMatchObject({
      endpoint: 'image-generation',
      mode: 'task',
      body: { parameters: { n: 1, aspect_ratio: '1:1', resolution: '1k' } },
    })
  })

  it.each([
    ['auto', undefined],
    ['1024*1024', '1024*1024'],
    ['2k', '2K'],
  ])('The size %s becomes %s', (size, expected) => {
    const { body } = planned(generateImages, 'wan2.7-image', { prompt: 'a cat', size })
    expect(body?.parameters).toEqual({ n: 1, ...(expected && { size: expected }) })
  })

  it("Options with the same meaning as DashScope's defaults are accepted.", () => {
    const options = {
      quality: 'auto',
      background: 'auto',
      moderation: 'auto',
      output_format: 'png',
      stream: false,
      style: null,
    }
    expect(planned(generateImages, 'qwen-image', { prompt: 'a cat', ...options }).body).toEqual({
      input: { messages: [{ role: 'user', content: [{ text: 'a cat' }] }] },
      parameters: { n: 1 },
    })
  })

  it.each<[object, string]>([
    [{ prompt: '' }, 'prompt'],
    [{ prompt: 7 }, 'prompt'],
    [{}, 'prompt'],
    [{ prompt: 'a', n: 0 }, 'n'],
    [{ prompt: 'a', n: '2' }, 'n'],
    [{ prompt: 'a', n: 1.5 }, 'n'],
    [{ prompt: 'a', n: 11 }, 'n'],
    [{ prompt: 'a', size: '1024' }, 'size'],
    [{ prompt: 'a', size: 'x'.repeat(100_000) }, 'size'],
    [{ prompt: 'a', size: 1024 }, 'size'],
    [{ prompt: 'a', style: 'vivid' }, 'style'],
    [{ prompt: 'a', quality: 'hd' }, 'quality'],
    [{ prompt: 'a', background: 'transparent' }, 'background'],
    [{ prompt: 'a', output_format: 'webp' }, 'output_format'],
    [{ prompt: 'a', output_compression: 50 }, 'output_compression'],
    [{ prompt: 'a', stream: true }, 'stream'],
    [{ prompt: 'a', partial_images: 2 }, 'partial_images'],
    [{ prompt: 'a', response_format: 'binary' }, 'response_format'],
    [{ prompt: 'a', image: 'https://example.com/a.png' }, 'image'],
    [{ prompt: 'a', input: { messages: [] } }, 'input'],
    [{ prompt: 'a', __proto__x: 1 }, '__proto__x'],
  ])('%j is refused, naming %s', (options, param) => {
    expect(refused(generateImages, 'qwen-image', options)).toMatchObject({
      reason: 'invalid',
      param,
      message: expect.stringMatching(new RegExp(`^${param}: `)),
    })
  })

  it.each(['qwen-plus', 'qwen-image-edit', 'wanx2.1-imageedit', 'dall-e-3', ' qwen-image'])(
    'A model that makes no images from a text is refused: %s',
    (model) => {
      expect(refused(generateImages, model, { prompt: 'a' })).toMatchObject({
        reason: 'invalid',
        param: 'model',
      })
    },
  )

  it('A fallback is asked only if it accepts the same body.', () => {
    const { suits } = generateImages(asked('qwen-image', { prompt: 'a' }))
    expect(['qwen-image-max', 'wan2.6-t2i', 'wan2.2-t2i-plus', 'qwen-plus'].map(suits)).toEqual([
      true,
      true,
      false,
      false,
    ])
  })
})

describe('a request to edit images becomes the native request of its model', () => {
  const file = { name: 'image', filename: 'a.png', type: 'application/octet-stream', bytes: PNG }
  const DATA = `data:image/png;base64,${Buffer.from(PNG).toString('base64')}`

  it.each(['qwen-image-edit', 'qwen-image-edit-plus', 'qwen-image-2.0-pro', 'wan2.6-image', 'wan2.7-image'])(
    'For %s, images come before the text of a message.',
    (model) => {
      const files = [file, { ...file, name: 'image[]' }]
      expect(planned(editImages, model, { prompt: 'blue' }, files)).toMatchObject({
        endpoint: 'multimodal-generation',
        body: {
          input: {
            messages: [{ role: 'user', content: [{ image: DATA }, { image: DATA }, { text: 'blue' }] }],
          },
        },
      })
    },
  )

  it('For wan2.5 the request is a task with a list of images.', () => {
    const options = { prompt: 'blue', image: ['https://a.example/1.png', 'oss://d/2.png'] }
    expect(planned(editImages, 'wan2.5-i2i-preview', options)).toMatchObject({
      endpoint: 'image-to-image',
      mode: 'task',
      body: { input: { prompt: 'blue', images: ['https://a.example/1.png', 'oss://d/2.png'] } },
    })
  })

  it('For wanx the request is a task with an instruction, or with one and a mask.', () => {
    const image = 'https://a.example/1.png'
    expect(planned(editImages, 'wanx2.1-imageedit', { prompt: 'blue', image }).body?.input).toEqual({
      function: 'description_edit',
      prompt: 'blue',
      base_image_url: image,
    })
    const masked = planned(editImages, 'wanx2.1-imageedit', { prompt: 'blue', image }, [
      { ...file, name: 'mask' },
    ])
    expect(masked.body?.input).toEqual({
      function: 'description_edit_with_mask',
      prompt: 'blue',
      base_image_url: image,
      mask_image_url: DATA,
    })
  })

  it('Images of a JSON body may be objects, as in OpenAI’s newer API.', () => {
    const options = { prompt: 'blue', images: [{ image_url: 'https://a.example/1.png' }] }
    expect(planned(editImages, 'qwen-image-edit', options).body?.input).toMatchObject({
      messages: [{ content: [{ image: 'https://a.example/1.png' }, { text: 'blue' }] }],
    })
  })

  it.each<[string, object, OpenAiRequest['files'], string]>([
    ['no image', { prompt: 'a' }, [], 'image'],
    ['a text as a file', { prompt: 'a' }, [{ ...file, bytes: new TextEncoder().encode('<svg>') }], 'image'],
    ['an empty file', { prompt: 'a' }, [{ ...file, bytes: new Uint8Array(0) }], 'image'],
    ['a local path', { prompt: 'a', image: 'file:///etc/passwd' }, [], 'image'],
    ['a script', { prompt: 'a', image: 'data:text/html;base64,AAAA' }, [], 'image'],
    ['an object', { prompt: 'a', image: { url: 'https://a.example' } }, [], 'image'],
    ['the id of a file', { prompt: 'a', images: [{ file_id: 'file-1' }] }, [], 'images'],
    ['ten images', { prompt: 'a', image: Array(10).fill('https://a.example/1.png') }, [], 'image'],
    ['a mask that the model lacks', { prompt: 'a' }, [file, { ...file, name: 'mask' }], 'mask'],
    ['a file with another name', { prompt: 'a' }, [file, { ...file, name: 'video' }], 'video'],
    ['input_fidelity', { prompt: 'a', input_fidelity: 'high' }, [file], 'input_fidelity'],
  ])('A request with %s is refused.', (_, options, files, param) => {
    expect(refused(editImages, 'qwen-image-edit', options, files)).toMatchObject({ reason: 'invalid', param })
  })

  it('Two images are refused if the model accepts one.', () => {
    expect(refused(editImages, 'wanx2.1-imageedit', { prompt: 'a' }, [file, file])).toMatchObject({
      param: 'image',
    })
  })
})

describe('the images of a native result', () => {
  it.each<[string, object, object[]]>([
    [
      'a message for each image',
      { choices: [1, 2].map((at) => ({ message: { content: [{ image: `https://x/${at}` }] } })) },
      [{ url: 'https://x/1' }, { url: 'https://x/2' }],
    ],
    [
      'several images in a message, with a text',
      {
        choices: [
          { message: { content: [{ text: 'Here' }, { image: 'https://x/1' }, { image: 'https://x/2' }] } },
        ],
      },
      [{ url: 'https://x/1' }, { url: 'https://x/2' }],
    ],
    [
      'the results of a task, one of which failed',
      {
        results: [
          { url: 'https://x/1', actual_prompt: 'a red cat' },
          { code: 'InternalError', message: 'no' },
        ],
      },
      [{ url: 'https://x/1', revised_prompt: 'a red cat' }],
    ],
    ['nothing', {}, []],
    ['nonsense', { choices: [null, { message: { content: 'text' } }], results: [{ url: 7 }] }, []],
  ])('The images are read from %s', (_, output, images) => expect(imagesIn({ ...output })).toEqual(images))
})
