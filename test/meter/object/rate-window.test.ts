import { describe, expect, it } from 'vitest'
import { advance, close, emptyWindow, enter, remove } from '../../../src/meter/object/rate-window.ts'

function filled() {
  const rateWindow = emptyWindow()
  for (const [id, atMs, tokens] of [
    ['a', 1000, 5],
    ['b', 2000, 7],
    ['c', 3000, 11],
  ] as const) {
    advance(rateWindow, atMs)
    enter(rateWindow, { id, atMs, tokens }, atMs + 90_000)
  }
  return rateWindow
}

describe('the window of rate limits', () => {
  it('A request leaves the window sixty seconds after it arrived.', () => {
    const rateWindow = filled()
    advance(rateWindow, 60_999)
    expect([rateWindow.minute.length, rateWindow.minuteTokens]).toEqual([3, 23])
    advance(rateWindow, 61_000)
    expect([rateWindow.minute.length, rateWindow.minuteTokens]).toEqual([2, 18])
    advance(rateWindow, 1e9)
    expect([rateWindow.minute.length, rateWindow.minuteTokens, rateWindow.open.size]).toEqual([0, 0, 0])
  })

  it('A request in flight is kept until it expires, beyond the window.', () => {
    const rateWindow = filled()
    advance(rateWindow, 90_999)
    expect([...rateWindow.open.keys()]).toEqual(['a', 'b', 'c'])
    advance(rateWindow, 91_000)
    expect([...rateWindow.open.keys()]).toEqual(['b', 'c'])
  })

  it('Expired requests are reported once each, in any order of expiry.', () => {
    const rateWindow = emptyWindow()
    for (const [id, expiresMs] of [
      ['late', 900],
      ['early', 300],
      ['settled', 400],
    ] as const) {
      enter(rateWindow, { id, atMs: 1, tokens: 1 }, expiresMs)
    }
    close(rateWindow, 'settled', 1)
    expect(advance(rateWindow, 500)).toEqual(['early'])
    expect(advance(rateWindow, 500)).toEqual([])
    expect(advance(rateWindow, 1000)).toEqual(['late'])
  })

  it('The window does not grow with requests that were settled long before they would expire.', () => {
    const rateWindow = emptyWindow()
    for (let number = 0; number < 10_000; number++) {
      enter(rateWindow, { id: `${number}`, atMs: number, tokens: 1 }, number + 900_000)
      close(rateWindow, `${number}`, 1)
    }
    expect(rateWindow.expiries.length).toBeLessThan(100)
  })

  it('The window keeps its time when a clock is late.', () => {
    const rateWindow = filled()
    advance(rateWindow, 10)
    expect(rateWindow.nowMs).toBe(3000)
  })

  it('Estimated tokens are replaced by real ones, and unknown requests are ignored.', () => {
    const rateWindow = filled()
    close(rateWindow, 'b', 1)
    close(rateWindow, 'unknown', 100)
    expect([rateWindow.minuteTokens, [...rateWindow.open.keys()]]).toEqual([17, ['a', 'c']])
    advance(rateWindow, 62_000)
    expect(rateWindow.minuteTokens).toBe(11)
  })

  it('Renewals are counted apart from requests until they leave the window or are released.', () => {
    const window = emptyWindow()
    for (const [id, atMs] of [
      ['a', 1000],
      ['a/1', 2000],
      ['a/2', 3000],
    ] as const) {
      enter(window, { id, atMs, tokens: 1 }, undefined)
    }
    expect([window.minute.length, window.renewals]).toEqual([3, 2])
    remove(window, 'a/2')
    expect(window.renewals).toBe(1)
    advance(window, 62_000)
    expect([window.minute.length, window.renewals]).toEqual([0, 0])
  })

  it('Released requests are forgotten.', () => {
    const rateWindow = filled()
    remove(rateWindow, 'b')
    remove(rateWindow, 'b')
    expect(rateWindow.minute.map((entry) => entry.id)).toEqual(['a', 'c'])
    expect([rateWindow.minuteTokens, rateWindow.open.size]).toEqual([16, 2])
  })
})
