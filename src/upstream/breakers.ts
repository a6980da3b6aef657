import type { Region } from '../dashscope/regions.ts'
import type { Target } from '../dashscope/targets.ts'
import type { Rule } from '../dashscope/upstream-errors.ts'
import { setBounded } from '../lib/bounded-map.ts'
import { type Breaker, failed, isDueForProbe, probed } from './breaker.ts'

/** Regions, keys and models an isolate remembers as failing; callers name the models. */
const BREAKERS_ENTRIES = 1000

/**
 * What was found out about regions, keys and models, by the name of each. It lives as long as its isolate, and each
 * isolate learns for itself: a shared record would cost every request a lookup to save a few failing ones.
 */
export type Breakers = Map<string, Breaker>

/** Shared by all requests of this isolate. */
export const breakers: Breakers = new Map()

/** Something that failed, and how. */
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
 * @returns milliseconds since 1970; 0 where all are closed.
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

/** Records that a request goes to a target, which is a probe if a breaker was open until now. */
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

/** Records that a target answered for a model, which closes their breakers. */
export function noteAnswered(known: Breakers, target: Target, model: string): void {
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

/** The lasting failure of a target's key; undefined without one. */
export function lastingFault(known: Breakers, target: Target): string | undefined {
  return known.get(namesOf(target, '')[1])?.lasting
}

function namesOf({ region, id }: Target, model: string): [region: string, key: string, model: string] {
  return [`region ${region}`, `key ${id}`, `model ${id} ${model}`]
}
