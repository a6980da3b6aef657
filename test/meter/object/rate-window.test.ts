import { describe, expect, it } from 'vitest'
import { advance, close, emptyLedger, enter, remove } from '../../../src/meter/object/request-ledger.ts'

function filled() {
  const ledger = emptyLedger()
  for (const [id, atMs, tokens] of [
    ['a', 1000, 5],
    ['b', 2000, 7],
    ['c', 3000, 11],
  ] as const) {
    advance(ledger, atMs)
    enter(ledger, { id, atMs, tokens }, atMs + 90_000)
  }
  return ledger
}

describe('the ledger', () => {
  it('A request leaves the window sixty seconds after it arrived.', () => {
    const ledger = filled()
    advance(ledger, 60_999)
    expect([ledger.minute.length, ledger.minuteTokens]).toEqual([3, 23])
    advance(ledger, 61_000)
    expect([ledger.minute.length, ledger.minuteTokens]).toEqual([2, 18])
    advance(ledger, 1e9)
    expect([ledger.minute.length, ledger.minuteTokens, ledger.open.size]).toEqual([0, 0, 0])
  })

  it('A request in flight is kept until it expires, beyond the window.', () => {
    const ledger = filled()
    advance(ledger, 90_999)
    expect([...ledger.open.keys()]).toEqual(['a', 'b', 'c'])
    advance(ledger, 91_000)
    expect([...ledger.open.keys()]).toEqual(['b', 'c'])
  })

  it('Expired requests are reported once each, in any order of expiry.', () => {
    const ledger = emptyLedger()
    for (const [id, expiresMs] of [
      ['late', 900],
      ['early', 300],
      ['settled', 400],
    ] as const) {
      enter(ledger, { id, atMs: 1, tokens: 1 }, expiresMs)
    }
    close(ledger, 'settled', 1)
    expect(advance(ledger, 500)).toEqual(['early'])
    expect(advance(ledger, 500)).toEqual([])
    expect(advance(ledger, 1000)).toEqual(['late'])
  })

  it('The ledger does not grow with requests that were settled long before they would expire.', () => {
    const ledger = emptyLedger()
    for (let number = 0; number < 10_000; number++) {
      enter(ledger, { id: `${number}`, atMs: number, tokens: 1 }, number + 900_000)
      close(ledger, `${number}`, 1)
    }
    expect(ledger.expiries.length).toBeLessThan(100)
  })

  it('The ledger keeps its time when a clock is late.', () => {
    const ledger = filled()
    advance(ledger, 10)
    expect(ledger.nowMs).toBe(3000)
  })

  it('Estimated tokens are replaced by real ones, and unknown requests are ignored.', () => {
    const ledger = filled()
    close(ledger, 'b', 1)
    close(ledger, 'unknown', 100)
    expect([ledger.minuteTokens, [...ledger.open.keys()]]).toEqual([17, ['a', 'c']])
    advance(ledger, 62_000)
    expect(ledger.minuteTokens).toBe(11)
  })

  it('Released requests are forgotten.', () => {
    const ledger = filled()
    remove(ledger, 'b')
    remove(ledger, 'b')
    expect(ledger.minute.map((entry) => entry.id)).toEqual(['a', 'c'])
    expect([ledger.minuteTokens, ledger.open.size]).toEqual([16, 2])
  })
})
