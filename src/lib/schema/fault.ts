import * as z from 'zod/mini'
import { CONTEXT } from './context.ts'

/** What a request body is checked against. */
export type Schema = z.ZodMiniType

/** A caller must recognise the value, not read it again; longer ones may be prompts. */
const MAX_ECHOED_CHARACTERS = 40

/** DashScope keys (`sk-`, temporary `st-`), the gateway's own (`dse_`) and signed tokens (`eyJ`). */
const LOOKS_LIKE_A_KEY = /\b(?:sk-|st-|dse_|dst_|eyJ)/

/** What is wrong with a value: a sentence that names the field, what was expected and what was found. */
export interface Fault {
  message: string
  /** The path of the field; empty for the value itself. */
  param: string
}

/**
 * Checks a parsed JSON value against a schema.
 *
 * @param body the result of JSON.parse.
 * @returns the first fault, or undefined for a valid value.
 */
export function faultIn(schema: Schema, body: unknown): Fault | undefined {
  const result = z.safeParse(schema, body, CONTEXT)
  if (result.success) return undefined
  const issue = mostTelling(result.error.issues)
  const param = pathText(issue.path)
  return { message: sentence(issue, body, param), param }
}

/** A rule between fields says all by itself, as do unknown members; elsewhere the sentence adds what was found. */
function sentence(issue: z.core.$ZodIssue, body: unknown, param: string): string {
  const start = `${param || 'The request body'}: expected ${issue.message}`
  if (issue.code === 'custom' || issue.code === 'unrecognized_keys') return `${start}.`
  return `${start}, got ${found(valueAt(body, issue.path), mayEcho(issue))}.`
}

/** The first issue; of a union, the issue of the alternative that got furthest into the value. */
function mostTelling(issues: readonly z.core.$ZodIssue[]): z.core.$ZodIssue {
  const issue = issues[0]
  if (!issue) throw new TypeError('A failed check must hold an issue.')
  if (issue.code !== 'invalid_union') return issue
  let furthest: z.core.$ZodIssue | undefined
  for (const branch of issue.errors) {
    const inner = mostTelling(branch)
    if (inner.path.length > (furthest?.path.length ?? 0)) furthest = inner
  }
  return furthest ? { ...furthest, path: [...issue.path, ...furthest.path] } : issue
}

/** Where one of a few words or a number belongs, a text may be repeated; elsewhere it may be a prompt or an answer. */
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

function text(value: string, mayEcho: boolean): string {
  if (value === '') return 'an empty string'
  if (!mayEcho || LOOKS_LIKE_A_KEY.test(value.slice(0, MAX_ECHOED_CHARACTERS))) return 'a string'
  const isWhole = value.length <= MAX_ECHOED_CHARACTERS
  return JSON.stringify(isWhole ? value : `${value.slice(0, MAX_ECHOED_CHARACTERS - 1)}…`)
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
