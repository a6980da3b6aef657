import { type JsonObject, numberOf, textOf } from '../json.ts'
import { type Material, names } from './json-material.ts'
import { isPlaceName, placeIn } from './tools.ts'

/** An example for every format of JSON Schema (2020-12, validation, section 7.3). */
const FORMATTED: { [format: string]: string } = {
  'date-time': '2026-01-02T03:04:05Z',
  date: '2026-01-02',
  email: 'someone@example.com',
  hostname: 'example.com',
  ipv4: '192.0.2.1',
  ipv6: '2001:db8::1',
  uri: 'https://example.com/',
  uuid: '00000000-0000-4000-8000-000000000000',
}

/** The allowed rounding error of a quotient, such as 0.3 / 0.1. */
const STEP_TOLERANCE = 1e-9

/**
 * A text for a string schema and a property name ('' for none). `pattern` is ignored: OpenAI's structured outputs
 * support it, but DashScope does not document it.
 */
export function stringFor(schema: JsonObject, name: string, { asked, words }: Material): string {
  const formatted = FORMATTED[textOf(schema.format)]
  if (formatted !== undefined) return formatted
  const place = isPlaceName(name) ? placeIn(asked) : 'nowhere'
  const points = Array.from(place === 'nowhere' ? words : place)
  const least = numberOf(schema.minLength) ?? 0
  const filled = points.length < least ? [...points, ...'.'.repeat(least - points.length)] : points
  return filled.slice(0, numberOf(schema.maxLength)).join('')
}

/** A number for a schema: the next number of the question, or the nearest one that fits. */
export function numberFor(schema: JsonObject, whole: boolean, { nextNumber }: Material): number {
  const wanted = nextNumber()
  const step = numberOf(schema.multipleOf) ?? (whole ? 1 : undefined)
  const low = Math.max(numberOf(schema.minimum) ?? -Infinity, numberOf(schema.exclusiveMinimum) ?? -Infinity)
  const high = Math.min(numberOf(schema.maximum) ?? Infinity, numberOf(schema.exclusiveMaximum) ?? Infinity)
  const stride = step ?? 1
  const candidates = [
    wanted,
    Math.round(wanted / stride) * stride,
    low,
    Math.ceil(low / stride) * stride,
    Math.floor(low / stride) * stride + stride,
    (low + high) / 2,
    high,
    Math.floor(high / stride) * stride,
    Math.ceil(high / stride) * stride - stride,
  ]
  return candidates.find((value) => fits(value, schema, step)) ?? 0
}

function fits(value: number, schema: JsonObject, step: number | undefined): boolean {
  const steps = step === undefined ? 0 : value / step
  return (
    Number.isFinite(value) &&
    value >= (numberOf(schema.minimum) ?? -Infinity) &&
    value <= (numberOf(schema.maximum) ?? Infinity) &&
    value > (numberOf(schema.exclusiveMinimum) ?? -Infinity) &&
    value < (numberOf(schema.exclusiveMaximum) ?? Infinity) &&
    Math.abs(steps - Math.round(steps)) < STEP_TOLERANCE
  )
}

/** The longest enum member named in the question, otherwise the first one. */
export function memberFor(members: readonly unknown[], { asked }: Material): unknown {
  const named = members.filter((member) => names(asked, member))
  return named.toSorted((left, right) => String(right).length - String(left).length)[0] ?? members[0]
}
