import type { Env } from '../config.ts'
import type { Region } from '../dashscope/regions.ts'
import type { Attempt } from '../upstream/attempt.ts'
import { breakers, isRegionOpen } from '../upstream/breakers.ts'
import { ledgersOf, OPERATOR } from './bindings.ts'

/** Isolates that detect the same change within this time report it once. */
const REPORT_LIFETIME_MS = 300_000

/** Regions that this isolate has reported as down. */
const down = new Set<Region>()

export interface RegionChange {
  region: Region
  event: 'region.down' | 'region.up'
}

/** The changes of regions that the attempts of a request show, compared with earlier reports. */
export function regionChanges(
  attempts: readonly Pick<Attempt, 'region' | 'status'>[],
  isOpen: (region: Region) => boolean,
  reported: ReadonlySet<Region>,
): RegionChange[] {
  const regions = [...new Set(attempts.map(({ region }) => region))]
  return regions.flatMap((region): RegionChange[] => {
    if (isOpen(region)) return reported.has(region) ? [] : [{ region, event: 'region.down' }]
    const responded = attempts.some((each) => each.region === region && each.status.startsWith('2'))
    return responded && reported.has(region) ? [{ region, event: 'region.up' }] : []
  })
}

/**
 * Reports a region whose circuit breaker has opened, or that responds again, to the operator's endpoints. Returns
 * early for the usual request, with one attempt while every region is up.
 *
 * @param keepAlive `ctx.waitUntil`
 */
export function reportRegions(
  env: Env,
  attempts: readonly Attempt[],
  origin: string,
  keepAlive: (work: Promise<unknown>) => void,
): void {
  if (attempts.length < 2 && down.size === 0) return
  const nowMs = Date.now()
  const changes = regionChanges(attempts, (region) => isRegionOpen(breakers, region, nowMs), down)
  for (const { region, event } of changes) {
    if (event === 'region.down') down.add(region)
    else down.delete(region)
    const once = { name: region, lifetimeMs: REPORT_LIFETIME_MS }
    const operator = ledgersOf(env).getByName(OPERATOR)
    keepAlive(operator.emit(event, { region }, origin, once).catch(() => undefined))
  }
}
