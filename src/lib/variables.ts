import { Calendar, UTC } from './calendar.ts'

/** How one environment variable is read. */
export interface Variable<Value> {
  kind: 'variable' | 'secret'
  /**
   * @param text the trimmed value; `undefined` if it is unset or empty.
   * @throws ExpectationError.
   */
  read: (text: string | undefined) => Value
}

/** Thrown for an invalid value of a variable; the message says what it must be, like "must be on or off". */
export class ExpectationError extends Error {}

/** The parsed values of a table of variables. */
export type ValuesOf<Table extends Readonly<Record<string, Variable<unknown>>>> = {
  [Name in keyof Table]: ReturnType<Table[Name]['read']>
}

/** An optional text. */
export function text(): Variable<string | undefined> {
  return { kind: 'variable', read: (value) => value }
}

/** A text that must stay secret, of a minimum length. */
export function secret({ min = 1 } = {}): Variable<string | undefined> {
  return {
    kind: 'secret',
    read: (value) => {
      if (value === undefined || value.length >= min) return value
      throw new ExpectationError(`must have at least ${min} characters`)
    },
  }
}

/** A secret that is sent in a header, where a comma separates list entries and a line break ends the field (RFC 9110 section 5). */
export function headerSecret(): Variable<string | undefined> {
  return {
    kind: 'secret',
    read: (value) => {
      if (value === undefined || !/[,\r\n]/.test(value)) return value
      throw new ExpectationError('must contain no comma and no line break: it could not be sent in a header')
    },
  }
}

/** A whole number within bounds, both included. */
export function wholeNumber<Default extends number | undefined>(bounds: {
  from: number
  to: number
  default: Default
}): Variable<number | Default> {
  const { from, to } = bounds
  return {
    kind: 'variable',
    read: (value) => {
      if (value === undefined) return bounds.default
      const number = Number(value)
      if (Number.isSafeInteger(number) && number >= from && number <= to) return number
      throw new ExpectationError(`must be a whole number from ${from} to ${to}`)
    },
  }
}

/** One of several words; the first one is the default. */
export function oneOf<Choice extends string>(...choices: readonly [Choice, ...Choice[]]): Variable<Choice> {
  return {
    kind: 'variable',
    read: (value) => {
      const chosen = choices.find((choice) => choice === (value ?? choices[0]))
      if (chosen !== undefined) return chosen
      throw new ExpectationError(`must be ${choices.join(' or ')}`)
    },
  }
}

/** A time zone of the IANA database, by name; UTC if unset. */
export function timeZone(): Variable<Calendar> {
  return {
    kind: 'variable',
    read: (value) => {
      if (value === undefined) return UTC
      try {
        return new Calendar(value)
      } catch {
        throw new ExpectationError('must be the name of a time zone, as in Asia/Shanghai or UTC')
      }
    },
  }
}

/** An http or https URL. */
export function url(fallback: string): Variable<string> {
  return {
    kind: 'variable',
    read: (value = fallback) => {
      if (URL.canParse(value) && /^https?:$/.test(new URL(value).protocol)) return value
      throw new ExpectationError('must be a URL that begins with https://')
    },
  }
}

/** The root URL of a host, without a path; undefined if unset. */
export function hostRoot(): Variable<string | undefined> {
  return {
    kind: 'variable',
    read: (value) => {
      const parsed = value === undefined ? undefined : URL.parse(value)
      if (parsed === undefined) return undefined
      const isRoot = parsed?.pathname === '/' && !parsed.search && !parsed.username
      if (parsed && isRoot && /^https?:$/.test(parsed.protocol)) return parsed.origin
      throw new ExpectationError('must be the root URL of a host, like https://host.example, without a path')
    },
  }
}

/**
 * A list, separated by commas.
 *
 * @param readEntry may throw ExpectationError.
 */
export function list<Entry>(
  readEntry: (entry: string, position: number) => Entry,
  fallback = '',
): Variable<readonly Entry[]> {
  return {
    kind: 'variable',
    read: (value = fallback) => {
      const entries = value.split(',').map((entry) => entry.trim())
      return entries.filter(Boolean).map((entry, position) => readEntry(entry, position))
    },
  }
}

/** Whole numbers of seconds, separated by commas, each below about eleven days. */
export function secondsList(bounds: { most: number; default: string }): Variable<readonly number[]> {
  return list((entry, position) => {
    if (position < bounds.most && /^\d{1,6}$/.test(entry)) return Number(entry)
    throw new ExpectationError(`must be up to ${bounds.most} whole numbers of seconds, separated by commas`)
  }, bounds.default)
}

/** The origin of a URL without a path, query or fragment. */
export function originOf(entry: string): string {
  const parsed = URL.parse(entry)
  const isRoot = parsed?.pathname === '/' && !parsed.search && !parsed.username
  if (parsed && isRoot && /^https?:$/.test(parsed.protocol)) return parsed.origin
  throw new ExpectationError(`holds "${entry}"; a URL of the gateway looks like https://ai.example.com`)
}
