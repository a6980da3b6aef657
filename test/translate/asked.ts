import { Options } from '../../src/translate/options.ts'
import type { OpenAiRequest, Translator } from '../../src/translate/plan.ts'

/** A request as a translation sees it. */
export function asked(model: string, options: object, files: OpenAiRequest['files'] = []): OpenAiRequest {
  return { options: Options.of({ ...options }), files, model, id: '', caps: {}, nowMs: 1_700_000_000_000 }
}

/** The native request that it becomes. */
export function planned(
  translator: Translator,
  model: string,
  options: object,
  files?: OpenAiRequest['files'],
) {
  const { endpoint, path, body, mode } = translator(asked(model, options, files))
  return { endpoint: endpoint.name, path, body, mode }
}

/** Why it becomes none. */
export function refused(
  translator: Translator,
  model: string,
  options: object,
  files?: OpenAiRequest['files'],
) {
  try {
    translator(asked(model, options, files))
  } catch (thrown) {
    return thrown
  }
  throw new Error('It was not refused.')
}
