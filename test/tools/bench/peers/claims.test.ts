import { describe, expect, it } from 'vitest'
import { judge } from '../../../../tools/bench/peers/claims.ts'
import type { Result } from '../../../../tools/bench/peers/result.ts'
import { aResult, around } from './a-result.ts'

const RATE = /^At least 3 times Portkey's requests per second/
const FIRST_EVENT = /^At most a tenth of Portkey's added time/
const LEAVING = /^Upstream call aborted within 50 ms .*, while events flow\.$/
const CALLS = /^One upstream call for 100 identical requests/

function claim(start: RegExp, changes: Partial<Result>) {
  const [found, ...others] = judge(aResult(changes)).filter(({ sentence }) => start.test(sentence))
  expect(others).toEqual([])
  return { isSupported: found?.isSupported, measured: found?.measured }
}

function firstEvents(own: number, peer: number): Partial<Result> {
  return {
    firstEvent: [
      { name: 'dashscope-edge', spread: around(own), longest: own },
      { name: 'Portkey', spread: around(peer), longest: peer },
    ],
  }
}

function leaving(longest: number | null): Partial<Result> {
  const times = [
    { name: 'Portkey', spread: around(1), longest: 1 },
    { name: 'dashscope-edge', spread: around(1), longest },
  ]
  return { leaving: [{ flow: 'while events flow', times }] }
}

describe('judge', () => {
  it('Every claim is supported if the run supports it.', () => {
    expect(judge(aResult()).map(({ isSupported }) => isSupported)).toEqual([true, true, true, true])
  })

  it.each<[string, RegExp, Partial<Result>, boolean, string]>([
    [
      'exactly three times',
      RATE,
      { ratios: [{ name: 'Portkey', rate: around(3), cpu: undefined }] },
      true,
      '3.0 times',
    ],
    [
      'the CPU time next to it',
      RATE,
      { ratios: [{ name: 'Portkey', rate: around(2.99), cpu: around(4.26) }] },
      false,
      '3.0 times, 4.3 times by CPU time a request',
    ],
    [
      'another peer',
      RATE,
      { ratios: [{ name: 'LiteLLM', rate: around(9), cpu: undefined }] },
      false,
      'Portkey did not run',
    ],
    ['exactly a tenth', FIRST_EVENT, firstEvents(2, 20), true, '2.00 ms against 20.00 ms'],
    ['more than a tenth', FIRST_EVENT, firstEvents(2.01, 20), false, '2.01 ms against 20.00 ms'],
    [
      'no time of the gateway itself',
      FIRST_EVENT,
      { firstEvent: [{ name: 'Portkey', spread: around(20), longest: 20 }] },
      false,
      'Portkey did not run',
    ],
    [
      'no peer',
      FIRST_EVENT,
      { firstEvent: [{ name: 'dashscope-edge', spread: around(0), longest: 0 }] },
      false,
      'Portkey did not run',
    ],
    ['exactly 50 ms', LEAVING, leaving(50), true, '50.0 ms at the longest'],
    ['one that was late', LEAVING, leaving(50.1), false, '50.1 ms at the longest'],
    ['one that never came', LEAVING, leaving(null), false, 'at least one was not aborted in time'],
    [
      'one round with two',
      CALLS,
      { identical: [{ name: 'dashscope-edge', calls: [1, 2, 1] }] },
      false,
      '1, 2, 1 by round',
    ],
    ['no round at all', CALLS, { identical: [{ name: 'dashscope-edge', calls: [] }] }, false, 'nothing'],
    ['a peer alone', CALLS, { identical: [{ name: 'Portkey', calls: [1] }] }, false, 'nothing'],
  ])('The claim is supported or not: %s', (_, start, changes, isSupported, measured) => {
    expect(claim(start, changes)).toEqual({ isSupported, measured })
  })

  it('There is a claim for each way in which a stream flows.', () => {
    const [flow] = aResult().leaving
    const flows = ['while events flow', 'before the first event'].map((name) => ({
      flow: name,
      times: flow?.times ?? [],
    }))
    const sentences = judge(aResult({ leaving: flows })).map(({ sentence }) => sentence)
    expect(sentences.filter((sentence) => sentence.startsWith('Upstream call aborted'))).toHaveLength(2)
  })
})
