import { expect, it } from 'vitest'
import { fingerprintOf } from '../../src/lib/fingerprint.ts'

it('Fingerprints are integers of 31 bits, and differ for similar texts.', () => {
  const texts = Array.from({ length: 20_000 }, (_, at) => `{"prompt":"And at ${at} metres?"}`)
  const fingerprints = texts.map(fingerprintOf)
  expect(fingerprints.every((each) => Number.isInteger(each) && Math.abs(each) <= 2 ** 30)).toBe(true)
  // By chance, 0.1 of 20,000 would share one.
  expect(new Set(fingerprints).size).toBeGreaterThan(texts.length - 10)
})

it('Equal texts have equal fingerprints, however they were made.', () => {
  const [start, end] = ['a'.repeat(40), 'b'.repeat(40)]
  expect(fingerprintOf(start + end)).toBe(fingerprintOf(`${start}${end}`))
})
