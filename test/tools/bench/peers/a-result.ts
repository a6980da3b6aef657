import type { Result } from '../../../../tools/bench/peers/result.ts'
import type { Spread } from '../../../../tools/bench/statistics.ts'

/** A value with quartiles of its own on both sides, told apart by their digits. */
export function around(median: number): Spread {
  return { median, lowerQuartile: median * 0.9, upperQuartile: median * 1.1 }
}

/** A run that supports every claim. */
export function aResult(changes: Partial<Result> = {}): Result {
  return {
    machine: {
      cores: 2,
      model: 'a processor <fast & cheap>',
      date: '2026-11-24',
      versions: { workerd: '1.2', node: '22.1' },
      otherShare: 0.256,
    },
    rounds: 5,
    throughput: [
      { name: 'direct', perSecond: around(9000), cpuMicroseconds: undefined },
      { name: 'dashscope-edge', perSecond: around(3000), cpuMicroseconds: around(200) },
      { name: 'Portkey', perSecond: around(500), cpuMicroseconds: around(1000) },
    ],
    ratios: [{ name: 'Portkey', rate: around(6), cpu: around(5) }],
    streams: [
      { name: 'dashscope-edge', events: 10, cpuMicroseconds: around(20) },
      { name: 'dashscope-edge', events: 100, cpuMicroseconds: around(10) },
      { name: 'Portkey', events: 10, cpuMicroseconds: around(90) },
      { name: 'Portkey', events: 100, cpuMicroseconds: undefined },
    ],
    firstEvent: [
      { name: 'dashscope-edge', spread: around(1), longest: 2 },
      { name: 'Portkey', spread: around(26), longest: 30 },
    ],
    streamsOpen: 1000,
    memory: [{ name: 'dashscope-edge', before: 80.4, open: 120.6, streams: 999 }],
    leaving: [
      {
        flow: 'while events flow',
        times: [
          { name: 'dashscope-edge', spread: around(10), longest: 50 },
          { name: 'Portkey', spread: undefined, longest: null },
        ],
      },
    ],
    identical: [
      { name: 'dashscope-edge', calls: [1, 1] },
      { name: 'Portkey', calls: [100, 100, 99] },
    ],
    remarks: ['A remark.'],
    ...changes,
  }
}
