import { toBase64 } from '../lib/base64.ts'
import { type JsonObject, objectAt, objectsAt } from '../lib/json/object.ts'
import type { Translation, TranslationContext } from '../proxy/translation.ts'
import { resultOf } from './await-task.ts'
import { failedTask, jsonResponse } from './native-response.ts'
import { readFile } from './result-file.ts'

/** How an image is returned: as a URL that is valid for 24 hours, or in the response itself. */
export type ImageFormat = 'url' | 'b64_json'

/** A generated image. */
export interface MadeImage {
  url: string
  /** The prompt as rewritten by the model. */
  revised_prompt?: string
}

/**
 * The response of the images API.
 *
 * @param created seconds since 1970.
 */
export function imagesTranslation(format: ImageFormat, created: number): Translation {
  return {
    respond: async (upstream, context) => {
      const result = await resultOf(upstream, context)
      if (result.kind === 'error') return result
      const { output, headers } = result
      const images = imagesIn(output)
      if (images.length === 0) {
        return { response: failedTask(objectsAt(output, 'results')[0] ?? output, headers) }
      }
      const data = format === 'url' ? images : await inBase64(images, context)
      return { response: jsonResponse(200, { created, data }, headers) }
    },
  }
}

/** The images of a result: parts of a message, or the results of a task. */
export function imagesIn(output: JsonObject): MadeImage[] {
  const parts = objectsAt(output, 'choices').flatMap((choice) =>
    objectsAt(objectAt(choice, 'message'), 'content'),
  )
  const inMessages = parts.flatMap(({ image }) => (typeof image === 'string' ? [{ url: image }] : []))
  const inResults = objectsAt(output, 'results').flatMap(({ url, actual_prompt: revised }) =>
    typeof url === 'string' ? [{ url, ...(typeof revised === 'string' && { revised_prompt: revised }) }] : [],
  )
  return [...inMessages, ...inResults]
}

/** One after the other: an isolate's memory is too small for several large files at once, as bytes and as text. */
async function inBase64(images: readonly MadeImage[], context: TranslationContext): Promise<object[]> {
  const data: object[] = []
  for (const { url, ...others } of images) {
    data.push({ b64_json: toBase64(await readFile(url, context)), ...others })
  }
  return data
}
