import { readVideoId } from '../dashscope/video-id.ts'
import { isJsonObject, type JsonObject } from '../lib/json/object.ts'
import { refuseOtherFiles } from './images.ts'
import { imageDataUrl, imageUrlIn } from './input-image.ts'
import { invalidOption, type Options } from './options.ts'
import { familyOf, modelCall, type NativePlan, nativeEndpoint, type OpenAiRequest } from './plan.ts'
import { RESOLUTION_OF_SIDE, RESOLUTIONS, VIDEO_MODELS, type VideoFamily } from './video-models.ts'
import { createdVideo, deletedVideo, shownVideo, videoContent } from './video-response.ts'

/** DashScope's options that callers may add. */
const EXTRAS = ['negative_prompt', 'prompt_extend', 'watermark', 'seed']

/** The longest video of any model. */
const MAX_SECONDS = 60

/** The default length of a video (API references of Wan and Kling). */
const DEFAULT_SECONDS = 5

/** `POST /videos`: generates a video from a text and, optionally, a first frame. */
export function createVideo(asked: OpenAiRequest): NativePlan {
  const { options, model, nowMs } = asked
  const family = familyOf(VIDEO_MODELS, model)
  const prompt = options.requiredText('prompt')
  const seconds = secondsIn(options)
  const size = options.text('size')
  const reference = referenceIn(asked, family)
  const { negative_prompt: negative, ...extras } = options.passed(EXTRAS)
  options.refuseOthers(model)
  const body = {
    input: { prompt, ...(negative !== undefined && { negative_prompt: negative }), ...reference },
    parameters: {
      ...family.defaults,
      ...(size !== undefined && sizeIn(size, family, reference !== undefined)),
      ...(seconds !== undefined && { duration: seconds }),
      ...extras,
    },
  }
  const shown = { model, seconds: String(seconds ?? DEFAULT_SECONDS), size: size ?? 'auto' }
  return modelCall(VIDEO_MODELS, family, { body, mode: 'task', translation: createdVideo(shown, nowMs) })
}

/** OpenAI's `seconds` is a string. */
function secondsIn(options: Options): number | undefined {
  const value = options.value('seconds')
  if (value === undefined) return undefined
  const seconds = typeof value === 'string' && /^\d{1,2}$/.test(value) ? Number(value) : value
  if (typeof seconds === 'number' && Number.isInteger(seconds) && seconds >= 1 && seconds <= MAX_SECONDS)
    return seconds
  throw invalidOption('seconds', `expected a whole number from 1 to ${MAX_SECONDS}`)
}

function sizeIn(size: string, family: VideoFamily, hasReference: boolean): JsonObject {
  const [, width = 0, height = 0] = (/^(\d{3,4})x(\d{3,4})$/.exec(size) ?? []).map(Number)
  if (width === 0 || height === 0)
    throw invalidOption('size', 'expected a width and a height such as "1280x720"')
  const pixels = `${width}*${height}`
  if (family.size === 'pixels') return { size: pixels }
  const shorter = Math.min(width, height)
  if (family.size === 'pixels-and-resolution') {
    const resolution = RESOLUTION_OF_SIDE[shorter]
    return { size: pixels, ...(resolution !== undefined && { resolution }) }
  }
  const divisor = greatestDivisor(width, height)
  const ratio = `${width / divisor}:${height / divisor}`
  if (family.size === 'aspect-ratio') return { aspect_ratio: ratio }
  const resolutions = family.resolutions ?? RESOLUTIONS
  const resolution = resolutions[shorter]
  if (resolution === undefined) {
    const sides = Object.keys(resolutions).join(', ')
    throw invalidOption('size', `the shorter side is one of ${sides} pixels for this model`)
  }
  // With a first frame, the video has its ratio.
  const isFree = family.size === 'resolution-and-ratio' && !hasReference
  return { resolution, ...(isFree && { ratio: nearest(family.ratios, width / height) ?? ratio }) }
}

/** The nearest ratio, since nominal ratios are approximate: 1344x768 counts as 16:9. */
function nearest(ratios: readonly string[] | undefined, wanted: number): string | undefined {
  const distance = (ratio: string) => {
    const [width = 1, height = 1] = ratio.split(':').map(Number)
    return Math.abs(Math.log(width / height / wanted))
  }
  return ratios?.toSorted((one, other) => distance(one) - distance(other))[0]
}

function greatestDivisor(one: number, other: number): number {
  return other === 0 ? one : greatestDivisor(other, one % other)
}

function referenceIn(
  { options, files, model }: OpenAiRequest,
  { reference }: VideoFamily,
): JsonObject | undefined {
  refuseOtherFiles(files, /^input_reference$/)
  const [file, ...others] = files
  if (others.length > 0) throw invalidOption('input_reference', 'expected one image')
  const value = options.value('input_reference')
  const named = isJsonObject(value) ? value.image_url : value
  const url = file
    ? imageDataUrl(file)
    : named === undefined
      ? undefined
      : imageUrlIn('input_reference', named)
  if (url === undefined) {
    if (!reference?.isRequired) return undefined
    throw invalidOption('input_reference', `"${model}" needs an image as the first frame`)
  }
  if (!reference)
    throw invalidOption('input_reference', `not supported for "${model}". Choose a model for images`)
  if (reference.member === 'media' && reference.isFetched && url.startsWith('data:')) {
    throw invalidOption('input_reference', `"${model}" fetches the image: expected its URL`)
  }
  return reference.member === 'img_url' ? { img_url: url } : { media: [{ type: reference.type, url }] }
}

/** `GET /videos/{id}` */
export function showVideo(asked: OpenAiRequest): NativePlan {
  return lookup(asked, shownVideo(asked.id, asked.nowMs))
}

/** `GET /videos/{id}/content` */
export function downloadVideo(asked: OpenAiRequest): NativePlan {
  asked.options.oneOf('variant', ['video'])
  return lookup(asked, videoContent(asked.id))
}

/** `DELETE /videos/{id}` */
export function deleteVideo(asked: OpenAiRequest): NativePlan {
  return lookup(asked, deletedVideo(asked.id))
}

function lookup({ options, id }: OpenAiRequest, translation: NativePlan['translation']): NativePlan {
  options.refuseOthers('videos')
  const { task } = readVideoId(id)
  const endpoint = nativeEndpoint('task')
  return {
    endpoint,
    path: `/api/v1/tasks/${task}`,
    id: task,
    mode: 'whole',
    suits: () => false,
    translation,
  }
}
