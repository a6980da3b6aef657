import { Options } from '../../src/translate/options.ts'
import type { Asked, Translator } from '../../src/translate/plan.ts'

/** A request as a translation sees it. */
export function asked(model: string, options: object, files: Asked['files'] = []): Asked {
  return { options: Options.of({ ...options }), files, model, id: '', caps: {}, nowMs: 1_700_000_000_000 }
}

/** The native request that it becomes. */
export function planned(translator: Translator, model: string, options: object, files?: Asked['files']) {
  const { endpoint, path, body, manner } = translator(asked(model, options, files))
  return { endpoint: endpoint.name, path, body, manner }
}

/** Why it becomes none. */
export function refused(translator: Translator, model: string, options: object, files?: Asked['files']) {
  try {
    translator(asked(model, options, files))
  } catch (thrown) {
    return thrown
  }
  throw new Error('It was not refused.')
}
