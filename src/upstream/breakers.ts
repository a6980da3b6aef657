import type { Region } from '../dashscope/regions.ts'
import type { Target } from '../dashscope/targets.ts'
import type { Rule } from '../dashscope/upstream-errors.ts'
import { setBounded } from '../lib/bounded-map.ts'
import { type Breaker, failed, isDueForProbe, probed } from './breaker.ts'

/** Regions, keys and models that an isolate remembers as failing; callers choose the model names. */
const BREAKERS_ENTRIES = 1000

/**
 * The breakers of regions, keys and models by name. They live as long as their isolate, and isolates do not share
 * them: a shared record would cost every request a lookup to save a few failing ones.
 */
export type Breakers = Map<string, Breaker>

/** Shared by all requests of this isolate. */
export const breakers: Breakers = new Map()

/** A failure, and where it happened. */
export interface Incident {
  target: Target
  model: string
  rule: Rule
  code: string
  retryAfterMs: number | undefined
  nowMs: number
}

/**
 * Until when a circuit breaker of a target is open for a model.
 *
 * @returns milliseconds since 1970; 0 if all are closed.
 */
export function openUntil(known: Breakers, target: Target, model: string, nowMs: number): number {
  if (known.size === 0) return 0
  const untilMs = Math.max(...namesOf(target, model).map((name) => known.get(name)?.openUntilMs ?? 0))
  return untilMs > nowMs ? untilMs : 0
}

/** Whether a breaker of a model, or of the whole region, is open at a target; its key does not count. */
export function isModelOpen(known: Breakers, target: Target, model: string, nowMs: number): boolean {
  const [region, , name] = namesOf(target, model)
  return [region, name].some((each) => (known.get(each)?.openUntilMs ?? 0) > nowMs)
}

/** Whether the breaker of a whole region is open. */
export function isRegionOpen(known: Breakers, region: Region, nowMs: number): boolean {
  return (known.get(`region ${region}`)?.openUntilMs ?? 0) > nowMs
}

/** Records that a request goes to a target, which makes it the probe of a breaker whose open time has passed. */
export function noteAsked(
  known: Breakers,
  target: Target,
  model: string,
  nowMs: number,
  untilMs: number,
): void {
  if (known.size === 0) return
  for (const name of namesOf(target, model)) {
    const breaker = known.get(name)
    if (breaker && isDueForProbe(breaker, nowMs)) known.set(name, probed(breaker, untilMs))
  }
}

/** Records a response of a target for a model, which closes their breakers. */
export function noteResponded(known: Breakers, target: Target, model: string): void {
  if (known.size === 0) return
  for (const name of namesOf(target, model)) known.delete(name)
}

/** Records a failure under its scope. */
export function noteFailed(known: Breakers, incident: Incident): void {
  const { target, model, rule, code, retryAfterMs, nowMs } = incident
  if (rule.scope === 'none') return
  const [region, key, modelName] = namesOf(target, model)
  const name = { region, key, model: modelName }[rule.scope]
  const after = failed(known.get(name), {
    nowMs,
    ...(rule.lasting && { lasting: code }),
    ...(retryAfterMs !== undefined && { retryAfterMs }),
  })
  setBounded(known, name, after, BREAKERS_ENTRIES)
}

/** The lasting failure of a target's key; undefined if there is none. */
export function lastingFault(known: Breakers, target: Target): string | undefined {
  return known.get(namesOf(target, '')[1])?.lasting
}

function namesOf({ region, id }: Target, model: string): [region: string, key: string, model: string] {
  return [`region ${region}`, `key ${id}`, `model ${id} ${model}`]
}
