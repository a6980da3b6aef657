import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'

/**
 * Members whose strings are streamed in fragments; every other string is repeated or replaced. `data` is audio in
 * base64.
 */
const IN_PIECES = new Set([
  'content',
  'reasoning_content',
  'text',
  'arguments',
  'refusal',
  'data',
  'transcript',
])

/**
 * Merges a frame's increment: text fragments are concatenated, objects merged, tool calls matched by `index`, other
 * lists appended. Empty values in a later frame (`id: ""`) change nothing.
 */
export function addIncrement(sofar: JsonObject, increment: JsonObject): void {
  for (const [key, value] of Object.entries(increment)) {
    const before = sofar[key]
    if (isMergeable(value)) {
      const inner = isMergeable(before) ? before : {}
      addIncrement(inner, value)
      sofar[key] = inner
    } else if (isEmptyValue(value)) sofar[key] = before ?? value
    else if (typeof value === 'string' && IN_PIECES.has(key)) sofar[key] = textOrEmpty(before) + value
    else if (key === 'tool_calls' && Array.isArray(value)) sofar[key] = addCalls(listOrEmpty(before), value)
    else if (Array.isArray(value)) sofar[key] = addItems(listOrEmpty(before), value)
    else sofar[key] = value
  }
}

/** Applies a frame that repeats everything so far; its empty values change nothing. */
export function takeLatest(sofar: JsonObject, frame: JsonObject): void {
  for (const [key, value] of Object.entries(frame)) {
    const before = sofar[key]
    if (isMergeable(value) && isMergeable(before)) takeLatest(before, value)
    else if (isEmptyValue(value)) sofar[key] = before ?? value
    else sofar[key] = value
  }
}

/**
 * Adds fragments of tool calls. A fragment with an id belongs to the call with that id, and begins a new call if there is
 * none, whatever its index: servers repeat or omit the index. A fragment without an id continues the latest call at its
 * index.
 */
function addCalls(calls: unknown[], increments: readonly unknown[]): unknown[] {
  for (const [position, increment] of increments.entries()) {
    if (!isJsonObject(increment)) continue
    const index = typeof increment.index === 'number' ? increment.index : position
    const known = callFor(calls.filter(isJsonObject), increment.id, index)
    if (known) addToCall(known, increment)
    else {
      const call: JsonObject = {}
      addToCall(call, { ...increment, index })
      calls.push(call)
    }
  }
  return calls
}

function callFor(calls: readonly JsonObject[], id: unknown, index: number): JsonObject | undefined {
  if (isEmptyValue(id)) return calls.findLast((call) => call.index === index)
  return (
    calls.find((call) => call.id === id) ??
    calls.find((call) => call.index === index && isEmptyValue(call.id))
  )
}

/** The name of a function may be streamed in fragments, like its arguments, or be repeated. */
function addToCall(call: JsonObject, increment: JsonObject): void {
  const before = isJsonObject(call.function) ? call.function.name : undefined
  const piece = isJsonObject(increment.function) ? increment.function.name : undefined
  addIncrement(call, increment)
  const isPiece = typeof before === 'string' && typeof piece === 'string' && piece !== '' && piece !== before
  if (isPiece && isJsonObject(call.function)) call.function.name = before + piece
}

/** Appends parts of a multimodal message; consecutive text parts become one. */
function addItems(items: unknown[], increments: readonly unknown[]): unknown[] {
  for (const item of increments) {
    const last = items.at(-1)
    if (isTextPart(item) && isTextPart(last)) last.text += item.text
    else items.push(isJsonObject(item) && !Object.isFrozen(item) ? { ...item } : item)
  }
  return items
}

/** Whether a value is a text-only part of a multimodal message. */
export function isTextPart(value: unknown): value is { text: string } {
  return isJsonObject(value) && typeof value.text === 'string' && Object.keys(value).length === 1
}

/** Whether a value is empty: search results are sent once, and later frames have empty lists. */
export function isEmptyValue(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return isJsonObject(value) && Object.values(value).every(isEmptyValue)
}

/** `parseExactly` represents some numbers as frozen objects, which are not merged. */
function isMergeable(value: unknown): value is JsonObject {
  return isJsonObject(value) && !Object.isFrozen(value)
}

function textOrEmpty(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function listOrEmpty(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
