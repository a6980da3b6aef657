import { describe, expect, it } from 'vitest'
import { reservationExpiryMs } from '../../src/meter/reservation-expiry.ts'

describe('the expiry of a reservation', () => {
  it.each([
    ['the default deadline', 600, 900],
    ['a deadline of an hour, as Batch Chat and uploads have', 3600, 3900],
    ['a deadline that the caller has shortened', 5, 900],
  ])('A reservation outlasts a request with %s.', (_, totalSeconds, expirySeconds) => {
    const startMs = 1_000_000
    const expiryMs = reservationExpiryMs(startMs, { totalMs: totalSeconds * 1000 })
    expect((expiryMs - startMs) / 1000).toBe(expirySeconds)
  })
})
