import { isJsonObject, type JsonObject } from '../../lib/json/object.ts'

/** Strings that a stream sends in pieces; every other string is repeated or replaced. `data` is audio in base64. */
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
 * Adds a frame's increment to what came before: pieces of text are joined, objects merged, tool calls found by their
 * `index`, other lists continued. What a later frame leaves empty (`id: ""`) stays as it was.
 */
export function addIncrement(sofar: JsonObject, increment: JsonObject): void {
  for (const [key, value] of Object.entries(increment)) {
    const before = sofar[key]
    if (isMergeable(value)) {
      const inner = isMergeable(before) ? before : {}
      addIncrement(inner, value)
      sofar[key] = inner
    } else if (isEmptyValue(value)) sofar[key] = before ?? value
    else if (typeof value === 'string' && IN_PIECES.has(key)) sofar[key] = textOf(before) + value
    else if (key === 'tool_calls' && Array.isArray(value)) sofar[key] = addCalls(listOf(before), value)
    else if (Array.isArray(value)) sofar[key] = addItems(listOf(before), value)
    else sofar[key] = value
  }
}

/** Takes over a frame that repeats everything so far; what it leaves empty stays as it was. */
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

/** The name of a function may come in pieces, as its arguments do, or be repeated whole. */
function addToCall(call: JsonObject, increment: JsonObject): void {
  const before = isJsonObject(call.function) ? call.function.name : undefined
  const piece = isJsonObject(increment.function) ? increment.function.name : undefined
  addIncrement(call, increment)
  const isPiece = typeof before === 'string' && typeof piece === 'string' && piece !== '' && piece !== before
  if (isPiece && isJsonObject(call.function)) call.function.name = before + piece
}

/** The parts of a multimodal message: text after text is one part. */
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

/** Whether a value is empty: search results come once, and later frames repeat their lists empty. */
export function isEmptyValue(value: unknown): boolean {
  if (value === undefined || value === null || value === '') return true
  if (Array.isArray(value)) return value.length === 0
  return isJsonObject(value) && Object.values(value).every(isEmptyValue)
}

/** A number that must not change is a frozen object (`parseExactly`), which is not merged. */
function isMergeable(value: unknown): value is JsonObject {
  return isJsonObject(value) && !Object.isFrozen(value)
}

function textOf(value: unknown): string {
  return typeof value === 'string' ? value : ''
}

function listOf(value: unknown): unknown[] {
  return Array.isArray(value) ? value : []
}
