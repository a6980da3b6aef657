import { describe, expect, it } from 'vitest'
import { type DestinationPause, pauseAfter, roomAt, UNPAUSED } from '../../src/jobs/destination-pause.ts'

const NOW_MS = 1_795_824_000_000

describe('the pause of a destination', () => {
  const failing = (times: number): DestinationPause =>
    Array.from({ length: times }).reduce<DestinationPause>(
      (pause) => pauseAfter(pause, false, NOW_MS),
      UNPAUSED,
    )

  it('A destination is not paused by nine failures in a row and gets five messages at a time.', () => {
    expect(roomAt(failing(9), 0, NOW_MS)).toBe(5)
    expect(roomAt(failing(9), 5, NOW_MS)).toBe(0)
  })

  it('A destination is paused by the tenth failure and gets one message a minute later.', () => {
    expect(roomAt(failing(10), 0, NOW_MS + 59_999)).toBe(0)
    expect(roomAt(failing(10), 0, NOW_MS + 60_000)).toBe(1)
    expect(roomAt(failing(10), 1, NOW_MS + 60_000)).toBe(0)
  })

  it('The first success ends the pause.', () => {
    expect(pauseAfter(failing(20), true, NOW_MS)).toEqual(UNPAUSED)
  })
})
