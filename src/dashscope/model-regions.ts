import type { Endpoint } from './endpoint.ts'
import type { Region } from './regions.ts'

/**
 * Models that exist in some regions only, as far as DashScope's pages say so. Any other model is asked for in the regions
 * that the route prefers; a region that answers that it has no such model is skipped for a while (errors.ts).
 */
const ONLY_IN: readonly (readonly [model: RegExp, regions: readonly Region[]])[] = [
  // Qwen-Long page: documents of 10 million tokens, Beijing only.
  [/^qwen-(?:long|doc)\b/, ['beijing']],
  // Model list: the suffix names the deployment in the United States.
  [/-us$/, ['virginia']],
]

/**
 * The regions that can serve a request, because of its endpoint or its model.
 *
 * @returns undefined if every region can.
 */
export function regionsFor(model: string, endpoint: Endpoint): readonly Region[] | undefined {
  return endpoint.regions ?? ONLY_IN.find(([pattern]) => pattern.test(model))?.[1]
}
