import type { Endpoint } from './endpoint.ts'
import type { Region } from './regions.ts'

/**
 * Models that, according to DashScope's pages, exist only in some regions. Other models are tried in the regions that
 * the route prefers; a region without the model is skipped for a while (upstream-errors.ts).
 */
const ONLY_IN: readonly (readonly [model: RegExp, regions: readonly Region[]])[] = [
  // Qwen-Long page: Beijing only.
  [/^qwen-(?:long|doc)\b/, ['beijing']],
  // Model list: the suffix names the deployment in the United States.
  [/-us$/, ['virginia']],
]

/**
 * The regions that can serve a request, because of its endpoint or its model.
 *
 * @returns undefined if every region can.
 */
export function regionsFor(
  model: string,
  { regions }: Pick<Endpoint, 'regions'>,
): readonly Region[] | undefined {
  return regions ?? ONLY_IN.find(([pattern]) => pattern.test(model))?.[1]
}
