import { describe, expect, it } from 'vitest'
import { Calendar, hourOf, isDay, shiftDay, UTC } from '../../src/lib/calendar.ts'

const HOUR_S = 3600
const DAY_S = 24 * HOUR_S

describe('the calendar', () => {
  it.each([
    ['2026-11-24T00:00:00Z', '2026-11-24', DAY_S, '2026-11-01', 7 * DAY_S, 30],
    ['2026-11-30T23:59:59Z', '2026-11-30', 1, '2026-11-01', 1, 30],
    ['2026-12-31T12:00:00Z', '2026-12-31', 43_200, '2026-12-01', 43_200, 31],
    ['2028-02-28T12:00:00Z', '2028-02-28', 43_200, '2028-02-01', 1.5 * DAY_S, 29],
  ])(
    'The day and month in UTC are right at %s',
    (moment, day, secondsOfDay, firstDay, secondsOfMonth, daysOfMonth) => {
      const nowMs = Date.parse(moment)
      expect(UTC.dayOf(nowMs)).toBe(day)
      expect(UTC.firstDayOfMonth(nowMs)).toBe(firstDay)
      expect(restIn(UTC, nowMs)).toEqual([secondsOfDay, DAY_S, secondsOfMonth, daysOfMonth * DAY_S])
    },
  )

  it.each([
    // The year begins in Shanghai when it is 16:00 in UTC.
    ['Asia/Shanghai', '2026-12-31T15:59:59Z', '2026-12-31T23', 1, 24],
    ['Asia/Shanghai', '2026-12-31T16:00:00Z', '2027-01-01T00', DAY_S, 24],
    // Offsets of 5:30, 5:45, 12:45 and 14 hours, and of -9:30.
    ['Asia/Kolkata', '2026-06-30T18:30:00Z', '2026-07-01T00', DAY_S, 24],
    ['Asia/Kathmandu', '2026-06-30T18:14:59Z', '2026-06-30T23', 1, 24],
    ['Pacific/Kiritimati', '2026-06-30T10:00:00Z', '2026-07-01T00', DAY_S, 24],
    ['Pacific/Marquesas', '2026-07-01T09:29:59Z', '2026-06-30T23', 1, 24],
    // Clocks go forward at 02:00 on 2026-03-08, and back at 02:00 on 2026-11-01.
    ['America/New_York', '2026-03-08T05:00:00Z', '2026-03-08T00', 23 * HOUR_S, 23],
    ['America/New_York', '2026-03-08T07:00:00Z', '2026-03-08T03', 21 * HOUR_S, 23],
    ['America/New_York', '2026-11-01T04:00:00Z', '2026-11-01T00', 25 * HOUR_S, 25],
    ['America/New_York', '2026-11-01T05:00:00Z', '2026-11-01T01', 24 * HOUR_S, 25],
    ['America/New_York', '2026-11-01T06:00:00Z', '2026-11-01T01', 23 * HOUR_S, 25],
    // By half an hour.
    ['Australia/Lord_Howe', '2026-10-03T13:30:00Z', '2026-10-04T00', 23.5 * HOUR_S, 23.5],
    // At midnight, so that the day begins at 01:00.
    ['America/Santiago', '2026-09-06T03:59:59Z', '2026-09-05T23', 1, 24],
    ['America/Santiago', '2026-09-06T04:00:00Z', '2026-09-06T01', 23 * HOUR_S, 23],
  ])('The day in %s is right at %s', (zone, moment, hour, secondsOfDay, hoursOfDay) => {
    const calendar = new Calendar(zone)
    const nowMs = Date.parse(moment)
    expect(calendar.dayOf(nowMs)).toBe(hour.slice(0, 10))
    expect(restIn(calendar, nowMs).slice(0, 2)).toEqual([secondsOfDay, hoursOfDay * HOUR_S])
  })

  it.each([
    ['UTC', '2026-11-24T00', '2026-11-24T23'],
    ['Asia/Shanghai', '2026-11-23T16', '2026-11-24T15'],
    // A half-hour zone shares an hour of UTC between two days.
    ['Asia/Kolkata', '2026-11-23T18', '2026-11-24T18'],
    ['America/New_York', '2026-11-24T05', '2026-11-25T04'],
  ])('The hours of a day in %s are hours of UTC.', (zone, from, to) => {
    const calendar = new Calendar(zone)
    expect(calendar.hoursOf('2026-11-24', '2026-11-24')).toEqual({ from, to })
    expect(calendar.dayOfHour(to)).toBe('2026-11-24')
  })

  it('A day on which clocks go back has 25 hours with different names.', () => {
    const { from, to } = new Calendar('America/New_York').hoursOf('2026-11-01', '2026-11-01')
    expect([from, to]).toEqual(['2026-11-01T04', '2026-11-02T04'])
    expect(hourOf(Date.parse('2026-11-01T05:30:00Z'))).toBe('2026-11-01T05')
  })

  it.each([
    ['2026-03-15T12:00:00Z', 31 * 24 - 1],
    ['2026-11-15T12:00:00Z', 30 * 24 + 1],
    ['2026-07-15T12:00:00Z', 31 * 24],
  ])('A month has as many hours as the clocks show, at %s', (moment, hours) => {
    const { month } = new Calendar('America/New_York').periodsAt(Date.parse(moment))
    expect(month.endMs - month.startMs).toBe(hours * 3_600_000)
  })

  it('The calendar agrees with the runtime in time zones all over the world, and its days follow each other without a gap.', () => {
    for (const timeZone of Intl.supportedValuesOf('timeZone').filter((_, index) => index % 15 === 0)) {
      const calendar = new Calendar(timeZone)
      const format = new Intl.DateTimeFormat('sv-SE', { timeZone })
      let nowMs = Date.parse('2026-03-01T11:17:23Z')
      for (let day = 0; day < 4; day++) {
        const { day: period } = calendar.periodsAt(nowMs)
        expect(calendar.dayOf(nowMs), timeZone).toBe(format.format(nowMs))
        expect(calendar.dayOf(period.startMs), timeZone).toBe(calendar.dayOf(nowMs))
        expect(calendar.dayOf(period.startMs - 1), timeZone).not.toBe(calendar.dayOf(nowMs))
        expect(calendar.periodsAt(period.endMs).day.startMs, timeZone).toBe(period.endMs)
        nowMs += 83 * 86_400_000
      }
    }
  })

  it('Counting back crosses months.', () => {
    expect(UTC.daysBefore(Date.parse('2026-03-01T10:00:00Z'), 1)).toBe('2026-02-28')
    expect(new Calendar('Asia/Shanghai').daysBefore(Date.parse('2026-03-01T16:00:00Z'), 1)).toBe('2026-03-01')
    expect(shiftDay('2026-12-31', 1)).toBe('2027-01-01')
  })

  it('An invented time zone is refused.', () => {
    expect(() => new Calendar('Asia/Beijing2')).toThrow(RangeError)
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
  ])('Whether %s exists is known.', (text, exists) => {
    expect(isDay(text)).toBe(exists)
  })
})

/** Seconds that are left of the day and its length, then those of the month. */
function restIn(calendar: Calendar, nowMs: number): number[] {
  const { day, month } = calendar.periodsAt(nowMs)
  return [day, month].flatMap(({ startMs, endMs }) => [(endMs - nowMs) / 1000, (endMs - startMs) / 1000])
}
