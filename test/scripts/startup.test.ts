import { describe, expect, it } from 'vitest'
import { activeMs, requireFast } from '../../scripts/startup.ts'

const nodes = [
  { id: 1, callFrame: { functionName: '(root)' } },
  { id: 2, callFrame: { functionName: '(idle)' } },
  { id: 3, callFrame: { functionName: '(garbage collector)' } },
  { id: 4, callFrame: { functionName: 'startup' } },
]

describe('activeMs', () => {
  it('All samples but the idle ones are added up.', () => {
    const profile = { nodes, samples: [2, 4, 3, 2, 1], timeDeltas: [9000, 1500, 250, 8000, 250] }
    expect(activeMs(profile)).toBe(2)
  })

  it.each([{ nodes }, { nodes, samples: [2, 2], timeDeltas: [1000, 1000] }, { nodes: [] }])(
    'A profile without work does not count as a fast start: %j',
    (profile) => {
      expect(() => activeMs(profile)).toThrow('has no active samples')
    },
  )
})

describe('requireFast', () => {
  it('The fastest start and the limit are named.', () => {
    expect(requireFast([61, 49.96, 30.04])).toBe(
      'The Worker starts in 30.0 ms (the fastest of 61.0, 50.0, 30.0); the limit is 200 ms.',
    )
  })

  it('Even the fastest start is refused if it is over the limit.', () => {
    expect(() => requireFast([261, 200.1])).toThrow(
      /^The Worker starts in 200\.1 ms .* limit is 200 ms\. Look at/,
    )
    expect(requireFast([261, 200])).toMatch(/200\.0 ms/)
  })
})
