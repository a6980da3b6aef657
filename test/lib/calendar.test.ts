import { describe, expect, it } from 'vitest'
import { dayOf, daysBefore, endOfDay, endOfMonth, firstDayOfMonth, isDay } from '../../src/lib/calendar.ts'

describe('the calendar', () => {
  it.each([
    ['2026-11-24T00:00:00Z', '2026-11-24', 86_400, '2026-11-01', 7 * 86_400, 30],
    ['2026-11-30T23:59:59.001Z', '2026-11-30', 1, '2026-11-01', 1, 30],
    ['2026-12-31T12:00:00Z', '2026-12-31', 43_200, '2026-12-01', 43_200, 31],
    ['2028-02-28T12:00:00Z', '2028-02-28', 43_200, '2028-02-01', 1.5 * 86_400, 29],
  ])('goes by UTC: %s', (moment, day, secondsOfDay, firstDay, secondsOfMonth, daysOfMonth) => {
    const nowMs = Date.parse(moment)
    expect(dayOf(nowMs)).toBe(day)
    expect(endOfDay(nowMs)).toEqual({ seconds: secondsOfDay, lengthSeconds: 86_400 })
    expect(firstDayOfMonth(nowMs)).toBe(firstDay)
    expect(endOfMonth(nowMs)).toEqual({ seconds: secondsOfMonth, lengthSeconds: daysOfMonth * 86_400 })
  })

  it('counts back over months', () => {
    expect(daysBefore(Date.parse('2026-03-01T10:00:00Z'), 1)).toBe('2026-02-28')
  })

  it.each([
    ['2026-11-24', true],
    ['2028-02-29', true],
    ['2026-02-29', false],
    ['2026-11-31', false],
    ['2026-13-01', false],
    ['24.11.2026', false],
    ['2026-11-24T00:00', false],
    ["2026-11-24' OR 1", false],
    ['', false],
  ])('knows which days exist: %s', (text, exists) => {
    expect(isDay(text)).toBe(exists)
  })
})
