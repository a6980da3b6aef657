import { describe, expect, it } from 'vitest'
import { whenQuiet } from '../../src/jobs/quiet.ts'

/** A clock that only moves while someone waits. */
function startClock() {
  let nowMs = 1000
  const done: number[] = []
  const call = whenQuiet(
    () => done.push(nowMs),
    async (milliseconds) => {
      await Promise.resolve()
      nowMs += milliseconds
    },
    () => nowMs,
  )
  return { call, done, pass: (milliseconds: number) => (nowMs += milliseconds) }
}

describe('work that waits for quiet', () => {
  it('The work is done once for many callers at the same moment.', async () => {
    const { call, done } = startClock()
    await Promise.all([call(), call(), call()])
    expect(done).toEqual([1040])
  })

  it('The work is done again for a caller that comes later.', async () => {
    const { call, done, pass } = startClock()
    await call()
    pass(500)
    await call()
    expect(done).toEqual([1040, 1580])
  })

  it('The work is delayed for at most a second, however many callers come.', async () => {
    let nowMs = 0
    let calls = 0
    const done: number[] = []
    const call = whenQuiet(
      () => done.push(nowMs),
      async (milliseconds) => {
        await Promise.resolve()
        nowMs += milliseconds
        if (++calls < 100) void call()
      },
      () => nowMs,
    )
    await call()
    expect(done).toEqual([1000])
  })
})
