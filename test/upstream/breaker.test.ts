import { describe, expect, it } from 'vitest'
import { type Breaker, failed, isDueForProbe, probed } from '../../src/upstream/breaker.ts'
import {
  type Breakers,
  lastingFault,
  noteAsked,
  noteFailed,
  noteResponded,
  openUntil,
} from '../../src/upstream/breakers.ts'
import { target } from './places.ts'

/** A breaker after `times` failures at moment 0. */
function failing(times: number): Breaker | undefined {
  let breaker: Breaker | undefined
  for (let time = 0; time < times; time++) breaker = failed(breaker, { nowMs: 0 })
  return breaker
}

describe('a circuit breaker', () => {
  it('The circuit breaker opens at the fifth failure in a row.', () => {
    expect(failing(4)?.openUntilMs).toBe(0)
    expect(failing(5)?.openUntilMs).toBe(5000)
  })

  it('Failures that were already under way change nothing.', () => {
    expect(failing(9)).toMatchObject({ openUntilMs: 5000, times: 1 })
  })

  it('When its time is over, one probe is due.', () => {
    const breaker = failing(5) as Breaker
    expect(isDueForProbe(breaker, 4999)).toBe(false)
    expect(isDueForProbe(breaker, 5000)).toBe(true)
    const trying = probed(breaker, 35_000)
    expect(isDueForProbe(trying, 5001)).toBe(false)
    expect(isDueForProbe(trying, 35_000)).toBe(true)
  })

  it('Each failed probe doubles the time it stays open, up to five minutes.', () => {
    let breaker = failing(5) as Breaker
    const spans: number[] = []
    for (let time = 0; time < 8; time++) {
      const nowMs = breaker.openUntilMs
      breaker = failed(probed(breaker, nowMs + 100), { nowMs: nowMs + 50 })
      spans.push((breaker.openUntilMs - nowMs - 50) / 1000)
    }
    expect(spans).toEqual([10, 20, 40, 80, 160, 300, 300, 300])
  })

  it('For lasting problems it opens at once and for long, and keeps the reason.', () => {
    const first = failed(undefined, { nowMs: 0, lasting: 'Arrearage' })
    expect(first).toMatchObject({ openUntilMs: 600_000, lasting: 'Arrearage' })
    const second = failed(probed(first, 700_000), { nowMs: 650_000, lasting: 'Arrearage' })
    expect(second.openUntilMs - 650_000).toBe(1_200_000)
  })

  it('It opens for as long as Retry-After says, without counting it as an outage.', () => {
    const once = failed(undefined, { nowMs: 0, retryAfterMs: 7000 })
    expect(once).toMatchObject({ openUntilMs: 7000, times: 0 })
    const weeks = failed(undefined, { nowMs: 0, retryAfterMs: 1_849_295_000 })
    expect(weeks.openUntilMs).toBe(3_600_000)
  })
})

describe('the circuit breakers of an isolate', () => {
  const BEIJING = target('beijing')
  const SECOND = target('beijing/2')
  const SINGAPORE = target('singapore')
  const fail = (known: Breakers, scope: 'region' | 'key' | 'model' | 'none', lasting = false) =>
    noteFailed(known, {
      target: BEIJING,
      model: 'qwen-plus',
      rule: { retry: 'again', scope, ...(lasting && { lasting: true }) },
      code: 'Arrearage',
      retryAfterMs: undefined,
      nowMs: 0,
    })
  const asides = (known: Breakers) =>
    [BEIJING, SECOND, SINGAPORE].flatMap((each) =>
      ['qwen-plus', 'qwen-max']
        .filter((model) => openUntil(known, each, model, 1) > 0)
        .map((model) => `${each.id} ${model}`),
    )

  it.each<['region' | 'key' | 'model' | 'none', string[]]>([
    ['region', ['beijing qwen-plus', 'beijing qwen-max', 'beijing/2 qwen-plus', 'beijing/2 qwen-max']],
    ['key', ['beijing qwen-plus', 'beijing qwen-max']],
    ['model', ['beijing qwen-plus']],
    ['none', []],
  ])('A failure counts against the %s alone.', (scope, expected) => {
    const known: Breakers = new Map()
    fail(known, scope, true)
    expect(asides(known)).toEqual(expected)
  })

  it('A response closes a circuit breaker, and keys are reported only while it is open.', () => {
    const known: Breakers = new Map()
    fail(known, 'key', true)
    expect(lastingFault(known, BEIJING)).toBe('Arrearage')
    expect(lastingFault(known, SINGAPORE)).toBeUndefined()
    noteResponded(known, BEIJING, 'any')
    expect(known.size).toBe(0)
  })

  it('One request probes, and the others wait for it.', () => {
    const known: Breakers = new Map()
    fail(known, 'key', true)
    expect(openUntil(known, BEIJING, 'm', 600_000)).toBe(0)
    noteAsked(known, BEIJING, 'm', 600_000, 630_000)
    expect(openUntil(known, BEIJING, 'm', 600_001)).toBe(630_000)
  })

  it('At most a thousand circuit breakers are remembered.', () => {
    const known: Breakers = new Map()
    for (let count = 0; count < 1500; count++) {
      const rule = { retry: 'again', scope: 'model' } as const
      noteFailed(known, {
        target: BEIJING,
        model: `m-${count}`,
        rule,
        code: '',
        retryAfterMs: 5000,
        nowMs: 0,
      })
    }
    expect(known.size).toBe(1000)
    expect(openUntil(known, BEIJING, 'm-1499', 1)).toBe(5000)
  })
})
