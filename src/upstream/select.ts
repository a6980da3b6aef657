import type { Config } from '../config.ts'
import type { Endpoint } from '../dashscope/endpoint.ts'
import { regionsFor } from '../dashscope/model-regions.ts'
import { REGION, type Region } from '../dashscope/regions.ts'
import { headerEnables, isEncrypted } from '../dashscope/request/transport.ts'
import { some, type Target, type Targets } from '../dashscope/targets.ts'
import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import type { Policy } from '../policy/key-record.ts'
import { latencies, latencyName } from './latency.ts'

/** Share of the requests under "fastest" that go to another region, to notice when it has become faster. */
const EXPLORED_SHARE = 0.05

/** The inputs of routing. */
export interface RoutingSubject {
  policy: Pick<Policy, 'regions'>
  endpoint: Pick<Endpoint, 'regions' | 'isAccountBound'>
  model: string
  headers: HeaderMap
}

/**
 * The targets for a request, in order of preference.
 *
 * @param request for the caller's location as Cloudflare estimates it (`cf`), read only if routing needs it.
 * @throws GatewayError `denied` if the key may not use any region.
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

/**
 * The targets that a request may use, in the order of the configuration: only regions that the key is pinned to; of
 * these, the regions that have the model; and only the first one if DashScope keeps state for the account that the
 * gateway has no record of.
 *
 * @throws GatewayError `denied` if the gateway uses none of the regions that the key is pinned to.
 */
export function eligibleTargets(
  targets: Targets,
  { policy, endpoint, model, headers }: RoutingSubject,
): Targets {
  const allowed = within(targets, policy.regions)
  if (!allowed) {
    throw new GatewayError(
      'denied',
      `This key may only be used in ${policy.regions?.join(', ')}, but this gateway is not configured for these regions.`,
    )
  }
  if (allowed.length === 1) return allowed
  const fit = within(allowed, regionsFor(model, endpoint)) ?? allowed
  return isBound(endpoint, headers) ? [fit[0]] : fit
}

/** The targets in the given regions; all targets if no region is given, undefined if no target matches. */
export function within(targets: Targets, regions: readonly Region[] | undefined): Targets | undefined {
  return regions ? some(targets.filter(({ region }) => regions.includes(region))) : targets
}

/**
 * Whether DashScope keeps state for the account: conversations of applications and of the Responses API, and media
 * at `oss://`, belong to the account that created them (apps, Responses and temporary upload pages); encrypted
 * input can only be decrypted in the region that issued the public key.
 */
function isBound({ isAccountBound }: Pick<Endpoint, 'isAccountBound'>, headers: HeaderMap): boolean {
  return isAccountBound || headerEnables(headers, 'x-dashscope-ossresourceresolve') || isEncrypted(headers)
}

/**
 * Sorts targets by their distance from a caller.
 *
 * @param place the caller's location as Cloudflare estimates it (`request.cf`), in degrees; without one, the order
 *   stays.
 */
export function nearestFirst(targets: Targets, place: object | undefined): Targets {
  const { latitude, longitude } = (place ?? {}) as { latitude?: unknown; longitude?: unknown }
  const at = [Number.parseFloat(String(latitude)), Number.parseFloat(String(longitude))] as const
  if (at.some(Number.isNaN)) return targets
  return (
    some(targets.toSorted((one, other) => nearness(other.region, at) - nearness(one.region, at))) ?? targets
  )
}

/** The cosine of the angle between two places, seen from the earth's centre: the larger, the nearer. */
function nearness(region: Region, [latitude, longitude]: readonly [number, number]): number {
  const radians = Math.PI / 180
  const [north, east] = REGION[region].location
  return (
    Math.sin(north * radians) * Math.sin(latitude * radians) +
    Math.cos(north * radians) * Math.cos(latitude * radians) * Math.cos((east - longitude) * radians)
  )
}

/**
 * Sorts targets by the usual latency of their regions. A region without measurements comes first. Now and then a
 * random one does, so that a region that has become faster is noticed.
 *
 * @param usualMs of a target's region for this model; undefined if unknown.
 * @param random two numbers from 0 to 1: whether to explore, and which target.
 */
export function fastestFirst(
  targets: Targets,
  usualMs: (target: Target) => number | undefined,
  [explore, pick]: readonly [number, number],
): Targets {
  const explored = explore < EXPLORED_SHARE ? targets[Math.floor(pick * targets.length)]?.region : undefined
  const rank = (target: Target) => (target.region === explored ? -1 : (usualMs(target) ?? 0))
  return some(targets.toSorted((one, other) => rank(one) - rank(other))) ?? targets
}
