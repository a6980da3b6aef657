import type { Region } from './regions.ts'

/**
 * Models that exist in some regions only, as far as DashScope's pages say so. What is not here is asked where the route
 * leads; a region that answers that it has no such model is passed over for a while (retry.ts).
 */
const ONLY_IN: readonly (readonly [model: RegExp, regions: readonly Region[]])[] = [
  // Qwen-Long page: documents of 10 million tokens, Beijing only.
  [/^qwen-(?:long|doc)\b/, ['beijing']],
  // Model list: the suffix names the deployment in the United States.
  [/-us$/, ['virginia']],
]

/** An uploaded file is for Qwen-Long to read (file API, purpose `file-extract`), so it belongs where that model is. */
const FILES_FOR = 'qwen-long'

/**
 * The regions that a request has to go to because of its model.
 *
 * @param endpoint the endpoint's name in the table.
 * @returns undefined where every region will do.
 */
export function regionsFor(model: string, endpoint: string): readonly Region[] | undefined {
  const asked = endpoint === 'file-upload' ? FILES_FOR : model
  return ONLY_IN.find(([pattern]) => pattern.test(asked))?.[1]
}
