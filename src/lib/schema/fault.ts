import * as z from 'zod/mini'
import { expectation } from './expectation.ts'

/** A schema for JSON values of type `Value`. */
export type Schema<Value = unknown> = z.ZodMiniType<Value>

/** Longer values are not quoted: a short one is enough to recognize, and a long one may be a prompt. */
const MAX_ECHOED_CHARACTERS = 40

/**
 * Prefixes of credentials: DashScope keys (`sk-`, temporary `st-`), the gateway's own (`dse_`, `dst_`) and signed
 * tokens (`eyJ`).
 */
const LOOKS_LIKE_A_KEY = /\b(?:sk-|st-|dse_|dst_|eyJ)/

/**
 * `abortEarly` ends an array at its first bad element: a large body of bad messages would otherwise produce an issue
 * for each and exhaust the isolate's memory. zod documents the option as internal; the test with a huge array fails
 * if an update of zod removes it.
 */
const CONTEXT: z.core.ParseContextInternal<z.core.$ZodIssue> = { error: expectation, abortEarly: true }

/** An invalid value: a sentence that names the field, what was expected and what was found. */
export interface Fault {
  message: string
  /** The path of the field; empty for the value itself. */
  param: string
}

/** The result of a check: the value with its type, or the first fault. */
export type Checked<Value> = { value: Value } | { fault: Fault }

/**
 * Checks a parsed JSON value against a schema.
 *
 * @param body the result of JSON.parse.
 */
export function check<Value>(schema: Schema<Value>, body: unknown): Checked<Value> {
  const result = z.safeParse(schema, body, CONTEXT)
  if (result.success) return { value: result.data }
  const issue = mostSpecific(result.error.issues)
  const param = pathText(issue.path)
  return { fault: { message: sentence(issue, body, param), param } }
}

/** Unknown members and rules between members have complete messages; for others, the sentence adds what was found. */
function sentence(issue: z.core.$ZodIssue, body: unknown, param: string): string {
  const start = `${param || 'The request body'}: expected ${issue.message}`
  if (isWholeMessage(issue) || issue.code === 'unrecognized_keys') return `${start}.`
  return `${start}, got ${found(valueAt(body, issue.path), mayEcho(issue))}.`
}

/**
 * The first issue; for a union, the issue of the alternative that matched furthest into the value. An alternative
 * that fails only a rule between members has matched further than one of another type.
 */
function mostSpecific(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const issue = issues[0]
  if (!issue) throw new TypeError('A failed check must hold an issue.')
  if (issue.code !== 'invalid_union') return issue
  let furthest: z.core.$ZodIssue | undefined
  for (const branch of issue.errors) {
    const inner = mostSpecific(branch)
    if (depthOf(inner) > depthOf(furthest)) furthest = inner
  }
  return furthest ? { ...furthest, path: [...issue.path, ...furthest.path] } : issue
}

function depthOf(issue: z.core.$ZodIssue | undefined): number {
  if (!issue) return 0
  return issue.path.length + (isWholeMessage(issue) ? 0.5 : 0)
}

function isWholeMessage(issue: z.core.$ZodIssue): boolean {
  return issue.code === 'custom' && issue.params?.isWholeMessage === true
}

/**
 * Whether the message may quote a string: only where a number or one of a few words is expected; elsewhere it may be
 * a prompt or a response.
 */
function mayEcho(issue: z.core.$ZodIssue): boolean {
  if (issue.code === 'invalid_type') return issue.expected === 'number' || issue.expected === 'boolean'
  return issue.code === 'invalid_value'
}

function found(value: unknown, mayEchoText: boolean): string {
  if (value === undefined) return 'nothing'
  if (Array.isArray(value)) return value.length === 0 ? 'an empty array' : 'an array'
  if (typeof value === 'string') return text(value, mayEchoText)
  if (typeof value === 'object' && value !== null) return 'an object'
  return String(value)
}

function text(value: string, mayEchoText: boolean): string {
  if (value === '') return 'an empty string'
  if (!mayEchoText || LOOKS_LIKE_A_KEY.test(value.slice(0, MAX_ECHOED_CHARACTERS))) return 'a string'
  const isShort = value.length <= MAX_ECHOED_CHARACTERS
  return JSON.stringify(isShort ? value : `${value.slice(0, MAX_ECHOED_CHARACTERS - 1)}…`)
}

function pathText(path: readonly PropertyKey[]): string {
  return path.reduce<string>((written, key) => {
    if (typeof key === 'number') return `${written}[${key}]`
    return written ? `${written}.${String(key)}` : String(key)
  }, '')
}

function valueAt(body: unknown, path: readonly PropertyKey[]): unknown {
  return path.reduce<unknown>((value, key) => {
    const isInside = typeof value === 'object' && value !== null && Object.hasOwn(value, key)
    return isInside ? (value as Record<PropertyKey, unknown>)[key] : undefined
  }, body)
}
