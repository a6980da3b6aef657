import { GatewayError } from '../errors.ts'
import { compareKeys } from '../lib/json/compare-keys.ts'
import { isArray, isObject, keyAt, nodeAfter, type Outline } from '../lib/json/outline.ts'
import { shortened } from '../lib/shortened.ts'

/**
 * Up to this many members, keys are compared in pairs, without creating strings; for larger objects a set of keys is
 * used.
 */
const COMPARED_MEMBERS = 16

const PROTO = '__proto__'
const UNDERSCORE = 0x5f

/**
 * Refuses a JSON text in which an object has a duplicate key, even in different encodings, or the key `__proto__`.
 * RFC 8259 section 4 does not define which of two members counts, so a body could contain one model for the gateway
 * and another for DashScope.
 *
 * @param outline the outline of a valid JSON text.
 * @throws GatewayError `invalid`, naming the key and its path.
 */
export function refuseDuplicateKeys(outline: Outline): void {
  for (let node = 0; node < outline.count; node += 1) {
    if (isObject(outline, node)) refuseDuplicatesIn(outline, node)
  }
}

function refuseDuplicatesIn(outline: Outline, node: number): void {
  const keyNodes: number[] = []
  let keys: Set<string> | undefined
  const end = outline.ends[node] as number
  for (let keyNode = node + 1; keyNode < end; keyNode = nodeAfter(outline, keyNode + 1)) {
    if (isProto(outline, keyNode)) throw refusal(outline, keyNode, PROTO)
    if (keyNodes.length < COMPARED_MEMBERS) {
      if (keyNodes.some((each) => compareKeys(outline, each, keyNode) === 0))
        throw refusal(outline, keyNode, keyAt(outline, keyNode))
      keyNodes.push(keyNode)
    } else {
      keys ??= new Set(keyNodes.map((each) => keyAt(outline, each)))
      const key = keyAt(outline, keyNode)
      if (keys.has(key)) throw refusal(outline, keyNode, key)
      keys.add(key)
    }
  }
}

function isProto(outline: Outline, keyNode: number): boolean {
  const { bytes, starts, respelled } = outline
  const mayBe = bytes[(starts[keyNode] as number) + 1] === UNDERSCORE || respelled.has(keyNode)
  return mayBe && keyAt(outline, keyNode) === PROTO
}

function refusal(outline: Outline, keyNode: number, key: string): GatewayError {
  const param = pathTo(outline, keyNode)
  const sentence = key === PROTO ? 'this key is not accepted' : 'the key is repeated in one object'
  return new GatewayError('invalid', `${param}: ${sentence}. Send each key once.`, { param })
}

/** The path from the top of the text to a key, like `input.messages[0].role`. */
function pathTo(outline: Outline, keyNode: number): string {
  let path = ''
  let node = 0
  while (node < keyNode) {
    const inArray = isArray(outline, node)
    let child = node + 1
    for (let index = 0; ; index += 1) {
      const value = inArray ? child : child + 1
      const after = nodeAfter(outline, value)
      if (keyNode < after) {
        path += inArray ? `[${index}]` : `${path && '.'}${shortened(keyAt(outline, child))}`
        node = !inArray && child === keyNode ? keyNode : value
        break
      }
      child = after
    }
  }
  return path
}
