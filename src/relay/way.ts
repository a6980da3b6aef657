import type { Config } from '../config.ts'
import { paceName, paces } from './pace.ts'
import { fastestFirst, mayGo, nearestFirst, type Traveller } from './route.ts'
import type { Targets } from './targets.ts'

/**
 * Where a request is asked, in the order of preference.
 *
 * @param request for where Cloudflare believes the caller to be (`cf`), which is read only where it counts.
 * @throws GatewayError `denied` where the key may go nowhere.
 */
export function findWay(
  traveller: Traveller & { stream: boolean },
  { targets, route }: Config,
  request: Request,
): Targets {
  const way = mayGo(targets, traveller)
  if (way.length === 1 || route === 'order') return way
  if (route === 'nearest') return nearestFirst(way, request.cf)
  const { model, stream } = traveller
  return fastestFirst(way, (target) => paces.get(paceName(target, model, stream))?.meanMs, [
    Math.random(),
    Math.random(),
  ])
}
