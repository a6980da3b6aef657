import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type Contender, hedged } from '../../src/upstream/hedge.ts'
import { watchIdle } from '../../src/upstream/idle.ts'

beforeEach(() => {
  vi.useFakeTimers()
  vi.stubGlobal('scheduler', {
    wait: (milliseconds: number) => new Promise((resolve) => setTimeout(resolve, milliseconds)),
  })
})
afterEach(() => {
  vi.unstubAllGlobals()
  vi.useRealTimers()
})

/** Waits, and says whether the signal aborted the wait. */
function isAbortedWithin(milliseconds: number, signal: AbortSignal): Promise<boolean> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => resolve(false), milliseconds)
    signal.addEventListener('abort', () => {
      clearTimeout(timer)
      resolve(true)
    })
  })
}

/** A call that is back after some time, claims if its outcome is good, and tells what became of it. */
function contender(afterMs: number, outcome: string, fates: string[]): Contender<string> {
  return async (signal, claim) => {
    fates.push(`${outcome} asked`)
    const isAborted = await isAbortedWithin(afterMs, signal)
    if (isAborted) fates.push(`${outcome} aborted`)
    if (isAborted || (outcome.startsWith('good') && !claim())) return 'bad: lost'
    return outcome
  }
}

describe('a hedge', () => {
  it.each<[string, [number, string], [number, string], string, string[]]>([
    ['asks once if the first is back in time', [0, 'good 1'], [0, 'good 2'], 'good 1', ['good 1 asked']],
    ['asks once if the first fails in time', [0, 'bad 1'], [0, 'good 2'], 'bad 1', ['bad 1 asked']],
    [
      'gives the second if the first is slow, and aborts the first',
      [5000, 'good 1'],
      [0, 'good 2'],
      'good 2',
      ['good 1 asked', 'good 2 asked', 'good 1 aborted'],
    ],
    [
      'gives the first if it still wins, and aborts the second',
      [120, 'good 1'],
      [5000, 'good 2'],
      'good 1',
      ['good 1 asked', 'good 2 asked', 'good 2 aborted'],
    ],
    [
      'waits for the first if the second fails',
      [150, 'good 1'],
      [0, 'bad 2'],
      'good 1',
      ['good 1 asked', 'bad 2 asked'],
    ],
    [
      'gives the last failure if both fail',
      [120, 'bad 1'],
      [0, 'bad 2'],
      'bad 1',
      ['bad 1 asked', 'bad 2 asked'],
    ],
  ])('The hedge %s', async (_, first, second, expected, fates) => {
    const seen: string[] = []
    const calls = [contender(...first, seen), contender(...second, seen)] as const
    const outcome = hedged(calls, 50, new AbortController().signal, (each) => each.startsWith('good'))
    await vi.advanceTimersByTimeAsync(1000)
    expect(await outcome).toBe(expected)
    expect(seen).toEqual(fates)
  })

  it('Both requests end when the caller leaves.', async () => {
    const seen: string[] = []
    const caller = new AbortController()
    const calls = [contender(5000, 'good 1', seen), contender(5000, 'good 2', seen)] as const
    const outcome = hedged(calls, 10, caller.signal, (each) => each.startsWith('good'))
    await vi.advanceTimersByTimeAsync(60)
    caller.abort()
    expect(await outcome).toBe('bad: lost')
    await vi.advanceTimersByTimeAsync(0)
    expect(seen).toEqual(['good 1 asked', 'good 2 asked', 'good 1 aborted', 'good 2 aborted'])
  })
})

describe('the watch on a stalled stream', () => {
  function watch() {
    const stalled = vi.fn()
    return { stalled, ...watchIdle({ afterMs: 100, stalled }) }
  }

  it('A stall is reported once, and not while chunks arrive.', () => {
    const { moved, stalled } = watch()
    for (let piece = 0; piece < 10; piece++) {
      vi.advanceTimersByTime(90)
      moved(true)
    }
    expect(stalled).not.toHaveBeenCalled()
    vi.advanceTimersByTime(1000)
    expect(stalled).toHaveBeenCalledTimes(1)
  })

  it('A caller that does not read is not counted as a stall of DashScope.', () => {
    const { moved, stalled } = watch()
    moved(false)
    vi.advanceTimersByTime(10_000)
    expect(stalled).not.toHaveBeenCalled()
    moved(true)
    vi.advanceTimersByTime(200)
    expect(stalled).toHaveBeenCalledTimes(1)
  })

  it('The watch ends with the stream.', () => {
    const { end, stalled } = watch()
    end()
    vi.advanceTimersByTime(1000)
    expect(stalled).not.toHaveBeenCalled()
    expect(vi.getTimerCount()).toBe(0)
  })
})
