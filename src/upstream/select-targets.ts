import type { Config } from '../config.ts'
import type { Targets } from '../dashscope/targets.ts'
import { latencies, latencyName } from './latency.ts'
import { eligibleTargets, fastestFirst, nearestFirst, type RoutingSubject } from './select.ts'

/**
 * Where a request is asked, in the order of preference.
 *
 * @param request for where Cloudflare believes the caller to be (`cf`), which is read only where it counts.
 * @throws GatewayError `denied` where the key may go nowhere.
 */
export function selectTargets(
  subject: RoutingSubject & { stream: boolean },
  { targets, route }: Config,
  request: Request,
): Targets {
  const eligible = eligibleTargets(targets, subject)
  if (eligible.length === 1 || route === 'order') return eligible
  if (route === 'nearest') return nearestFirst(eligible, request.cf)
  const { model, stream } = subject
  return fastestFirst(eligible, (target) => latencies.get(latencyName(target, model, stream))?.meanMs, [
    Math.random(),
    Math.random(),
  ])
}
