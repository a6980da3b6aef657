import { describe, expect, it } from 'vitest'
import type { Rule } from '../../src/dashscope/upstream-errors.ts'
import { nextTarget, retryDelayMs, type Situation } from '../../src/upstream/retry-policy.ts'
import { target, targets } from './places.ts'

const POOL = targets('beijing', 'beijing/2', 'singapore')

describe('nextTarget', () => {
  it.each<[string, string[], Record<string, number>, string | undefined, string, boolean]>([
    ['the first', [], {}, undefined, 'beijing', true],
    ['the next key', ['beijing'], {}, undefined, 'beijing/2', true],
    ['another region if the region failed', ['beijing'], {}, 'beijing', 'singapore', true],
    [
      'the next key if there is no other region left',
      ['beijing', 'singapore'],
      {},
      'beijing',
      'beijing/2',
      true,
    ],
    ['past what is set aside', [], { beijing: 9, 'beijing/2': 9 }, undefined, 'singapore', true],
    ['asked longest ago', ['beijing/2', 'beijing', 'singapore'], {}, undefined, 'beijing/2', false],
    [
      'a tried one before one whose circuit breaker is open',
      ['beijing'],
      { 'beijing/2': 9, singapore: 9 },
      undefined,
      'beijing',
      false,
    ],
    [
      'the one that closes first if all circuit breakers are open',
      [],
      { beijing: 9, 'beijing/2': 7, singapore: 8 },
      undefined,
      'beijing/2',
      false,
    ],
  ])('The next attempt goes to %s', (_, tried, aside, avoid, id, isFresh) => {
    const choice = nextTarget(
      POOL,
      tried.map((each) => POOL.find((one) => one.id === each) ?? target(each)),
      (each) => aside[each.id] ?? 0,
      avoid,
    )
    expect([choice.target.id, choice.isFresh]).toEqual([id, isFresh])
  })
})

const AGAIN: Rule = { retry: 'again', scope: 'model' }
const BUSY: Rule = { retry: 'again', scope: 'model', refused: true }
const ONCE: Rule = { retry: 'once', scope: 'none' }
const ELSEWHERE: Rule = { retry: 'elsewhere', scope: 'key' }
const NEVER: Rule = { retry: 'never', scope: 'none' }

describe('retryDelayMs', () => {
  const situation: Situation = {
    rule: AGAIN,
    repeatable: 'freely',
    attempts: 1,
    hasOther: false,
    retryAfterMs: undefined,
    nowMs: 1000,
    untilMs: 100_000,
    random: 1,
  }
  it.each<[string, Partial<Situation>, number | undefined]>([
    ['at most a quarter of a second at first', {}, 250],
    ['twice that the second time', { attempts: 2 }, 500],
    ['anything from zero: full jitter', { attempts: 2, random: 0 }, 0],
    ['not at all before another target is asked', { hasOther: true }, 0],
    ['not even for the time that the first target asked for', { hasOther: true, retryAfterMs: 60_000 }, 0],
    ['as long as Retry-After says', { retryAfterMs: 3000 }, 3000],
    ['its own time if that is longer', { retryAfterMs: 100 }, 250],
    ['no third retry', { attempts: 3 }, undefined],
    ['no longer than a caller should wait', { retryAfterMs: 10_001 }, undefined],
    ['not beyond the deadline', { untilMs: 1250 }, undefined],
    ['up to just before it', { untilMs: 1251 }, 250],
    ['no retry of what will not change', { rule: NEVER, hasOther: true }, undefined],
    ['no retry elsewhere if there is no elsewhere', { rule: ELSEWHERE }, undefined],
    ['a retry elsewhere', { rule: ELSEWHERE, hasOther: true }, 0],
    ['one retry of what may be the request’s fault', { rule: ONCE }, 250],
    ['and no second one', { rule: ONCE, attempts: 2 }, undefined],
    ['no retry of what may have been accepted', { repeatable: 'refused', hasOther: true }, undefined],
    ['a retry of what was refused', { repeatable: 'refused', rule: BUSY }, 250],
    ['no retry of an upload', { repeatable: 'never', rule: BUSY, hasOther: true }, undefined],
  ])('The delay is right: %s', (_, change, delay) =>
    expect(retryDelayMs({ ...situation, ...change })).toBe(delay),
  )
})
