import { describe, expect, it } from 'vitest'
import { errorFrame } from '../../src/dashscope/stream/first-event.ts'
import { GatewayError } from '../../src/errors.ts'
import { MAX_ATTEMPTS } from '../../src/upstream/retry-policy.ts'
import type { Heard } from './caller.ts'
import type { FaultKind } from './faults.ts'
import { missing, wrongCalls } from './ledger.ts'
import { judgeMemory } from './memory.ts'
import { type Plan, planOf } from './plan.ts'
import type { UpstreamCall } from './proxy.ts'
import { boundsOf, outOfBounds } from './usage.ts'
import { judge } from './verdict.ts'

const TEXT = 'question 1 of the soak: 1001*3'
const plan: Plan = {
  ...planOf(1, 0),
  site: 'main',
  who: 'steady',
  question: 1,
  text: TEXT,
  manner: { dialect: 'compatible', stream: false, isIncremental: false, namesUsage: true },
}
const stream: Plan = { ...plan, manner: { ...plan.manner, stream: true } }

const USAGE = { prompt_tokens: 8, completion_tokens: 3 }
const whole = (content: string) => JSON.stringify({ choices: [{ message: { content } }], usage: USAGE })
const frame = (content: string) => `data: ${JSON.stringify({ choices: [{ delta: { content } }] })}\n\n`
const error = (message: string) => JSON.stringify({ error: { code: 'upstream_error', message } })
const brokenEnd = new TextDecoder().decode(
  errorFrame(new GatewayError('upstream', 'It broke.'), 'compatible', 'r1'),
)

function heard(text: string, more: Partial<Heard> = {}): Heard {
  return { ending: 'ended', status: 200, headers: {}, text, ...more }
}

function call(fault: FaultKind, ending: UpstreamCall['ending'] = 'whole'): UpstreamCall {
  return { fault, ending, status: 200, requestBytes: 100, responseBytes: 400 }
}

describe('the judge', () => {
  const good = [call('none')]
  const cut = [call('cut', 'damaged')]
  const cases: [string, Plan, Heard, UpstreamCall[], string][] = [
    ['the right answer', plan, heard(whole('1001*3 = 3003')), good, 'answered'],
    ['a wrong answer', plan, heard(whole('1001*3 = 3004')), good, 'unexplained'],
    ['half an answer', plan, heard(whole('1001*3 = 3004').slice(0, 20)), good, 'unexplained'],
    ['an answer out of nothing', plan, heard(whole('1001*3 = 3003')), [], 'unexplained'],
    ['an answer that was cut upstream', plan, heard(whole('1001*3 = 3003')), cut, 'unexplained'],
    ['502 after a cut', plan, heard(error('It broke.'), { status: 502 }), cut, 'truth'],
    ['502 after nothing', plan, heard(error('It broke.'), { status: 502 }), good, 'unexplained'],
    ['504 after a cut', plan, heard(error('It broke.'), { status: 504 }), cut, 'unexplained'],
    ['502 with a page', plan, heard('<html>', { status: 502 }), cut, 'unexplained'],
    ['429 without a limit', plan, heard(error('Too many.'), { status: 429 }), good, 'unexplained'],
    ['a connection that breaks', plan, heard('', { ending: 'broken', status: 0 }), cut, 'unexplained'],
    [
      'a stream that breaks in the middle of a line',
      stream,
      heard(`${frame('1001*3')}data: {"cho`, { ending: 'broken' }),
      cut,
      'truth',
    ],
    [
      'a stream that breaks between lines, where an error event was due',
      stream,
      heard(frame('1001*3'), { ending: 'broken' }),
      cut,
      'unexplained',
    ],
    [
      'a stream that breaks before its first line',
      stream,
      heard('', { ending: 'broken' }),
      cut,
      'unexplained',
    ],
    [
      'a stream that breaks although DashScope did not',
      stream,
      heard(`${frame('1001*3')}data: {"cho`, { ending: 'broken' }),
      good,
      'unexplained',
    ],
    [
      'a stream that breaks after wrong words',
      stream,
      heard(`${frame('7*3')}data: {"cho`, { ending: 'broken' }),
      cut,
      'unexplained',
    ],
    [
      'a stream that breaks after an error event',
      stream,
      heard(`${frame('1001*3')}${brokenEnd}data: {"cho`, { ending: 'broken' }),
      cut,
      'unexplained',
    ],
    ['a request that never ends', plan, heard('', { ending: 'silent', status: 0 }), cut, 'unexplained'],
    ['a caller that left', plan, heard('', { ending: 'left', status: 0 }), good, 'left'],
    [
      'a whole stream',
      stream,
      heard(`${frame('1001*3')}${frame(' = 3003')}data: [DONE]\n\n`),
      good,
      'answered',
    ],
    [
      'a stream with a gap',
      stream,
      heard(`${frame('1001*3')}${frame('3003')}data: [DONE]\n\n`),
      good,
      'unexplained',
    ],
    ['a stream without its end', stream, heard(frame('1001*3 = 3003')), cut, 'unexplained'],
    [
      'a stream that ends in a line',
      stream,
      heard(`${frame('1001*3 = 3003')}data: [DONE]\n`),
      cut,
      'unexplained',
    ],
    [
      'a cut stream with an error event',
      stream,
      heard(`${frame('1001*3')}data: {"cho${brokenEnd}`),
      cut,
      'truth',
    ],
    ['an error event in a good stream', stream, heard(`${frame('1001*3')}${brokenEnd}`), good, 'unexplained'],
    ['a cut stream with wrong words', stream, heard(`${frame('7*3')}${brokenEnd}`), cut, 'unexplained'],
  ]
  it.each(cases)('The verdict is right for %s', (_name, asked, heardWhole, calls, category) => {
    expect(judge(asked, heardWhole, calls).category).toBe(category)
  })
})

const answeredRow = judge(plan, heard(whole('1001*3 = 3003')), [call('none')])
const shared = judge(plan, heard(whole('1001*3 = 3003'), { headers: { 'cache-status': 'x; hit; ttl=9' } }), [
  call('none'),
])

describe('the ledger', () => {
  it('The ledger allows as many calls as the retry table for each response that was not shared.', () => {
    const rows = [answeredRow, shared, shared]
    expect(wrongCalls(rows, new Map([[1, [call('none')]]]))).toEqual([])
    expect(
      wrongCalls(rows, new Map([[1, Array.from({ length: MAX_ATTEMPTS + 1 }, () => call('none'))]])),
    ).toHaveLength(1)
    expect(
      wrongCalls(rows, new Map([[1, Array.from({ length: MAX_ATTEMPTS }, () => call('none'))]])),
    ).toEqual([])
    expect(wrongCalls(rows, new Map())).toHaveLength(1)
    expect(wrongCalls([], new Map([[2, [call('none')]]]))).toHaveLength(1)
  })

  it('The ledger names what did not occur.', () => {
    expect(missing([answeredRow], new Map([[1, [call('none')]]]))).toContain('no fault of the kind drop')
  })

  it('The ledger knows the usage exactly if everything was seen, and within bounds if a caller left.', () => {
    const exact = boundsOf([answeredRow, shared], () => [call('none')])
    expect(exact.most).toEqual(exact.least)
    expect(exact.least).toEqual({ requests: 2, cache_hits: 1, input_tokens: 8, output_tokens: 3 })
    expect(outOfBounds('steady', exact.least, exact)).toEqual([])
    expect(outOfBounds('steady', { ...exact.least, output_tokens: 4 }, exact)).toHaveLength(1)
    expect(outOfBounds('steady', undefined, exact)).toHaveLength(4)

    const left = judge(plan, heard('', { ending: 'left', status: 0 }), [call('trickle', 'left')])
    const { least, most } = boundsOf([left], () => [call('trickle', 'left')])
    expect(least).toEqual({ requests: 0, cache_hits: 0, input_tokens: 0, output_tokens: 0 })
    expect(most).toEqual({ requests: 1, cache_hits: 1, input_tokens: 25, output_tokens: 5 })
  })
})

describe('memory', () => {
  const series = (gateway: number, resident: number) =>
    Array.from({ length: 60 }, (_, index) => {
      const isLast = index >= 54
      return {
        elapsedMs: (index + 1) * 10_000,
        gateway: isLast ? gateway : 4,
        resident: isLast ? resident : 150,
      }
    })
  it.each([
    [4.39, 164, 0],
    [4.41, 164, 1],
    [4.39, 166, 1],
    [4.41, 166, 2],
  ])('With %d and %d MiB in the last minute there are %d faults.', (gateway, resident, faults) => {
    expect(judgeMemory(series(gateway, resident), 600_000)).toHaveLength(faults)
  })

  it('Memory that was measured counts, even if one moment could not be measured.', () => {
    const gaps = series(4, 150).map((sample, index) =>
      index % 3 ? sample : { ...sample, gateway: undefined },
    )
    expect(judgeMemory(gaps, 600_000)).toEqual([])
  })

  it('Memory that was never measured is a fault of a long run.', () => {
    expect(judgeMemory([], 600_000)).toHaveLength(2)
  })
})

describe('the plans', () => {
  it('The plans follow from seed and index alone.', () => {
    const plans = Array.from({ length: 300 }, (_, index) => planOf(7, index))
    expect(Array.from({ length: 300 }, (_, index) => planOf(7, 299 - index)).reverse()).toEqual(plans)
    expect(planOf(8, 5)).not.toEqual(planOf(7, 5))
    const repeats = plans.filter(({ traffic }) => traffic === 'repeat')
    expect(repeats.length).toBeGreaterThan(0)
    for (const { question, text } of repeats)
      expect(plans[question]).toMatchObject({ traffic: 'steady', text })
  })
})
