import { GatewayError } from '../errors.ts'
import type { Budget, Caps } from './key-record.ts'
import { matchesOrigin } from './origins.ts'
import { matchesGlob } from './policy.ts'

/**
 * Narrows a parent's list of models.
 *
 * @param parent globs; undefined: every model.
 * @param asked globs; undefined: all of the parent's.
 * @returns the narrowed list; undefined: every model.
 * @throws GatewayError `denied`, naming the entry that the parent's list does not cover, or not obviously.
 */
export function narrowModels(
  parent: string[] | undefined,
  asked: string[] | undefined,
): string[] | undefined {
  return narrowList('models', parent, asked, coversModel)
}

/** The same for endpoints, which are compared by their whole names. */
export function narrowEndpoints(
  parent: string[] | undefined,
  asked: string[] | undefined,
): string[] | undefined {
  return narrowList('endpoints', parent, asked, (own, wanted) => own === wanted)
}

/** The same for origins; if the key has no list, `fallback` (ALLOWED_ORIGINS) is the parent's list. */
export function narrowOrigins(
  parent: string[] | undefined,
  asked: string[] | undefined,
  fallback: readonly string[],
): string[] | undefined {
  return asked ? narrowList('origins', parent ?? [...fallback], asked, coversOrigin) : parent
}

/**
 * Narrows the caps of a parent.
 *
 * @throws GatewayError `denied`, naming the cap that would be raised.
 */
export function narrowCaps(parent: Caps = {}, asked: Caps = {}): Caps | undefined {
  refuseMore('caps', parent, asked)
  const types = narrowList('caps.upload_types', parent.upload_types, asked.upload_types, coversModel)
  const caps = { ...parent, ...asked, ...(types && { upload_types: types }) }
  return Object.keys(caps).length > 0 ? caps : undefined
}

/** Narrows the maximum budget of a key. Throws GatewayError `denied`, naming the field that would be raised. */
export function narrowBudget(most: Budget = {}, asked: Budget = {}): Budget | undefined {
  refuseMore('budget', most, asked)
  const budget = { ...most, ...asked }
  return Object.keys(budget).length > 0 ? budget : undefined
}

/**
 * Whether a glob covers every text that another glob matches. Recognizes only obvious cases: an equal glob, a
 * matching name, and `prefix*` under a shorter `prefix*`.
 */
export function coversModel(glob: string, asked: string): boolean {
  if (glob === asked) return true
  if (!asked.includes('*')) return matchesGlob(glob, asked)
  return isPrefix(glob) && isPrefix(asked) && asked.startsWith(glob.slice(0, -1))
}

/** Whether a pattern covers every origin that another pattern (`https://*.example.com`) matches. */
export function coversOrigin(pattern: string, asked: string): boolean {
  if (pattern === asked) return true
  if (!asked.includes('://*.')) return matchesOrigin([pattern], asked)
  return pattern.includes('://*.') && matchesOrigin([pattern], asked.replace('://*.', '://any.'))
}

function isPrefix(glob: string): boolean {
  return glob.indexOf('*') === glob.length - 1
}

function narrowList(
  field: string,
  parent: string[] | undefined,
  asked: string[] | undefined,
  covers: (own: string, wanted: string) => boolean,
): string[] | undefined {
  if (!parent || !asked) return asked ?? parent
  const position = asked.findIndex((wanted) => !parent.some((own) => covers(own, wanted)))
  if (position < 0) return asked
  const param = `${field}[${position}]`
  const within = parent.length > 0 ? parent.join(', ') : 'nothing'
  throw new GatewayError(
    'denied',
    `${param}: the key itself may not use "${asked[position]}"; a token may only have a subset of: ${within}.`,
    { param },
  )
}

/** Numbers may only fall; the switches have one value and cannot be turned back on. */
function refuseMore<Bounds extends Caps | Budget>(field: string, most: Bounds, asked: Bounds): void {
  for (const [name, value] of Object.entries(asked)) {
    const bound: unknown = most[name as keyof Bounds]
    if (typeof bound !== 'number' || value <= bound) continue
    const param = `${field}.${name}`
    throw new GatewayError('denied', `${param}: the key allows a token at most ${bound}, not ${value}.`, {
      param,
    })
  }
}
