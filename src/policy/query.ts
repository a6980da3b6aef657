import { GatewayError } from '../errors.ts'

/** The error for an invalid parameter of a query. */
export function invalidParameter(param: string, expectation: string): GatewayError {
  return new GatewayError('invalid', `${param.slice(0, 40)}: expected ${expectation}.`, { param })
}

/**
 * A whole number of at least 1 in a query.
 *
 * @param highest the maximum; without one every whole number is allowed.
 * @returns undefined if the parameter is absent.
 * @throws GatewayError `invalid` for any other value.
 */
export function numberInQuery(
  query: URLSearchParams,
  name: string,
  highest = Number.POSITIVE_INFINITY,
): number | undefined {
  const text = query.get(name)
  if (text === null) return undefined
  const number = Number(text)
  if (Number.isInteger(number) && number >= 1 && number <= highest) return number
  const range = Number.isFinite(highest) ? `from 1 to ${highest}` : 'of at least 1'
  throw invalidParameter(name, `a whole number ${range}`)
}
