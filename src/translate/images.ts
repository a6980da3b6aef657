import { isJsonObject, type JsonObject } from '../lib/json/object.ts'
import type { FormPart } from '../lib/multipart/read-form.ts'
import { imagesTranslation } from './image-response.ts'
import { imageDataUrl, imageUrlIn } from './input-image.ts'
import { invalidOption, type Options } from './options.ts'
import { type Family, familyOf, modelCall, type NativePlan, type OpenAiRequest } from './plan.ts'

interface ImageFamily extends Family {
  /** `messages`: a user message with parts (multimodal-generation); `prompt`: a prompt and URLs (older wan models). */
  input: 'messages' | 'prompt' | 'function'
  mode: 'whole' | 'task'
  /**
   * The maximum number of images per request. The number is always sent, because some models generate four by
   * default.
   */
  most: number
  /** DashScope's options that callers may add. */
  extras: readonly string[]
}

const EXTRAS = ['negative_prompt', 'seed', 'prompt_extend', 'watermark']

/**
 * Models that generate images from text, and their endpoints (API references of Qwen-Image, Z-Image, Wan and Kling).
 */
export const IMAGE_MODELS: readonly ImageFamily[] = [
  {
    models: /^(?:qwen-image(?!-edit)|wan2\.6-t2i|wan2\.[7-9]-image|wan[3-9][\w.]*-(?:t2i|image))/,
    endpoint: 'multimodal-generation',
    input: 'messages',
    mode: 'whole',
    most: 10,
    extras: EXTRAS,
  },
  {
    models: /^z-image/,
    endpoint: 'multimodal-generation',
    input: 'messages',
    mode: 'whole',
    most: 1,
    extras: ['seed', 'prompt_extend'],
  },
  {
    models: /^(?:wan2\.[0-5]-t2i|wanx[\w.]*-t2i|wanx-v1)/,
    endpoint: 'text-to-image',
    input: 'prompt',
    mode: 'task',
    most: 10,
    extras: EXTRAS,
  },
  {
    models: /^kling\/[\w.-]*image/,
    endpoint: 'image-generation',
    input: 'messages',
    mode: 'task',
    most: 10,
    extras: ['aspect_ratio', 'resolution', 'watermark'],
  },
]

/** Models that generate images from images and a text. */
export const EDIT_MODELS: readonly ImageFamily[] = [
  {
    models: /^(?:qwen-image-(?:edit|[2-9])|wan2\.[6-9]-image|wan[3-9][\w.]*-image)/,
    endpoint: 'multimodal-generation',
    input: 'messages',
    mode: 'whole',
    most: 10,
    extras: EXTRAS,
  },
  {
    models: /^wan2\.5-i2i/,
    endpoint: 'image-to-image',
    input: 'prompt',
    mode: 'task',
    most: 10,
    extras: EXTRAS,
  },
  {
    models: /^wanx[\w.]*-imageedit/,
    endpoint: 'image-to-image',
    input: 'function',
    mode: 'task',
    most: 10,
    extras: ['seed', 'watermark', 'strength'],
  },
]

/** OpenAI's options that DashScope lacks, with the values that match its behaviour. */
const DEFAULTS = {
  quality: ['auto', 'standard'],
  background: ['auto', 'opaque'],
  moderation: ['auto'],
  output_format: ['png'],
  stream: [false, 'false'],
  partial_images: [0, '0'],
}

/** Maximum number of images that DashScope reads in one request. */
const MAX_INPUT_IMAGES = 9

/** `POST /images/generations`: generates images from a text. */
export function generateImages(asked: OpenAiRequest): NativePlan {
  const family = familyOf(IMAGE_MODELS, asked.model)
  const prompt = asked.options.requiredText('prompt')
  return imageCall(asked, IMAGE_MODELS, family, inputOf(family, prompt, []))
}

/** `POST /images/edits`: generates images from images and a text. */
export function editImages(asked: OpenAiRequest): NativePlan {
  const family = familyOf(EDIT_MODELS, asked.model)
  const prompt = asked.options.requiredText('prompt')
  const images = imagesOf(asked)
  const mask = maskOf(asked)
  if (family.input !== 'function') {
    if (mask !== undefined) throw invalidOption('mask', `not supported for "${asked.model}". Leave it out`)
    return imageCall(asked, EDIT_MODELS, family, inputOf(family, prompt, images))
  }
  const [base, ...others] = images
  if (others.length > 0)
    throw invalidOption('image', `"${asked.model}" accepts one image, got ${images.length}`)
  const input: JsonObject = {
    function: mask === undefined ? 'description_edit' : 'description_edit_with_mask',
    prompt,
    base_image_url: base,
    ...(mask !== undefined && { mask_image_url: mask }),
  }
  return imageCall(asked, EDIT_MODELS, family, input)
}

function imageCall(
  { options, model, nowMs }: OpenAiRequest,
  families: readonly ImageFamily[],
  family: ImageFamily,
  input: JsonObject,
): NativePlan {
  const format = options.oneOf('response_format', ['url', 'b64_json']) ?? 'url'
  const n = options.wholeNumber('n', 1, family.most) ?? 1
  const size = sizeOf(options)
  const { negative_prompt: negative, ...extras } = options.passed(family.extras)
  options.ignoreAt(DEFAULTS)
  options.refuseOthers(model)
  const atInput = family.input === 'messages' ? {} : { negative_prompt: negative }
  const atParameters = family.input === 'messages' ? { negative_prompt: negative } : {}
  const body = {
    input: { ...input, ...defined(atInput) },
    parameters: {
      ...(family.most > 1 && { n }),
      ...(size !== undefined && { size }),
      ...extras,
      ...defined(atParameters),
    },
  }
  return modelCall(families, family, {
    body,
    mode: family.mode,
    translation: imagesTranslation(format, Math.floor(nowMs / 1000)),
  })
}

function inputOf({ input }: ImageFamily, prompt: string, images: readonly string[]): JsonObject {
  if (input === 'messages') {
    const content = [...images.map((image) => ({ image })), { text: prompt }]
    return { messages: [{ role: 'user', content }] }
  }
  return images.length > 0 ? { prompt, images } : { prompt }
}

/** Converts `1024x1024` to DashScope's `1024*1024`; with `auto`, the model chooses the size. */
function sizeOf(options: Options): string | undefined {
  const size = options.text('size')
  if (size === undefined || size === 'auto') return undefined
  if (/^\d{2,5}[x*]\d{2,5}$/.test(size)) return size.replace('x', '*')
  if (/^[1-4]K$/i.test(size)) return size.toUpperCase()
  throw invalidOption(
    'size',
    'expected "auto", a width and a height such as "1024x1024", or "1K", "2K" or "4K"',
  )
}

/** The images of a request: files of a form, or URLs in `image` and `images`. */
function imagesOf({ options, files }: OpenAiRequest): string[] {
  const sent = files.filter(({ name }) => /^image(?:\[\])?$/.test(name)).map(imageDataUrl)
  const named = listOf(options.value('image')).map((value) => imageUrlIn('image', value))
  const listed = listOf(options.value('images')).map((value) =>
    imageUrlIn('images', isJsonObject(value) ? value.image_url : value),
  )
  const images = [...sent, ...named, ...listed]
  if (images.length === 0) throw invalidOption('image', 'expected at least one image')
  if (images.length > MAX_INPUT_IMAGES)
    throw invalidOption('image', `expected at most ${MAX_INPUT_IMAGES} images`)
  refuseOtherFiles(files, /^(?:image(?:\[\])?|mask)$/)
  return images
}

function maskOf({ options, files }: OpenAiRequest): string | undefined {
  const [file, ...others] = files.filter(({ name }) => name === 'mask')
  if (others.length > 0) throw invalidOption('mask', 'the form has this field twice')
  if (file) return imageDataUrl(file)
  const value = options.value('mask')
  return value === undefined ? undefined : imageUrlIn('mask', isJsonObject(value) ? value.image_url : value)
}

/** Refuses a file under a name that the endpoint does not have. */
export function refuseOtherFiles(files: readonly FormPart[], known: RegExp): void {
  const other = files.find(({ name }) => !known.test(name))
  if (other) throw invalidOption(other.name.slice(0, 64), 'this endpoint does not accept this file')
}

function listOf(value: unknown): unknown[] {
  if (value === undefined) return []
  return Array.isArray(value) ? value : [value]
}

function defined(members: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(members).filter(([, value]) => value !== undefined))
}
