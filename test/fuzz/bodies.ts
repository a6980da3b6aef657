import type { Random } from './random.ts'

/** Misbehaviours of the emulator that end by themselves and within a second; the gateway does not use their statuses itself. */
const FAULT_MODELS = [
  'status-418-Teapot',
  'status-429-Throttling-retry-3',
  'first-event-400-InvalidParameter',
  'first-event-nostatus-DataInspectionFailed',
  'mid-stream-503-ModelUnavailable',
  'sse-error-424',
  'sse-error-json-424',
  'cut',
  'cut-between',
  'html',
  'nonsense',
  'empty',
  'redirect',
  'gzip',
  'crlf',
  'comments',
  'unended',
  'big-frame',
  'frames-3',
  'large-answer-70000',
].map((name) => `fault-${name}`)

const VALUES: readonly unknown[] = [
  null,
  true,
  false,
  0,
  -1,
  1.5,
  1e21,
  '',
  ' ',
  'qwen-plus',
  '\u0000',
  '\ud800',
  '\udfff\ud800',
  'é',
  '你是谁',
  '\u202e\ufeff',
  'fileid://',
  'fileid://file-fe-1,fileid://',
  'oss://bucket/key',
  'data:image/png;base64,AAAA',
  'x'.repeat(3000),
  [],
  {},
  [[[[]]]],
  [null],
  { text: 1 },
  { file_id: 'file-fe-1' },
  { toString: 1, constructor: null },
]

const KEYS = [
  '__proto__',
  'constructor',
  'stream',
  'model',
  'messages',
  'file_id',
  'session_id',
  'previous_response_id',
  'conversation',
  'tools',
  'enable_search',
  '',
  '0',
  'n',
]

/** Tokens that no JavaScript value prints as: numbers past all precision, escapes, and what is no JSON at all. */
const TOKENS = [
  '9007199254740993',
  '-0',
  '1e400',
  `1${'0'.repeat(400)}`,
  '0.1e-999999',
  '"\\ud83d"',
  '"\\u0000"',
  `${'['.repeat(2000)}${']'.repeat(2000)}`,
  'NaN',
  '01',
  "'x'",
  'undefined',
  '',
]

/** Spoils a value in a few places and keeps the rest: most of it stays worth an answer. */
export function spoil(value: unknown, random: Random): unknown {
  const copy = structuredClone(value)
  const root = { body: copy }
  for (let left = random.below(3); left > 0; left--) spoilOnePlace(root, random)
  if (random.chance(0.15) && isObject(root.body) && 'model' in root.body)
    root.body.model = random.pick(FAULT_MODELS)
  if (random.chance(0.2) && isObject(root.body))
    root.body.stream = random.pick([true, true, false, 'true', 1, null])
  return root.body
}

/** Writes a value as JSON and spoils the text: numbers, duplicated members, whole other tokens. */
export function spoilText(text: string, random: Random): string {
  if (random.chance(0.85)) return text
  const members = [...text.matchAll(/"[^"\\]*":(?:"[^"\\]*"|-?\d+(?:\.\d+)?|true|false|null)/g)]
  if (members.length === 0) return random.pick(TOKENS)
  const { 0: member, index } = random.pick(members)
  const key = member.slice(0, member.indexOf('":') + 2)
  const replacement = random.chance(0.4)
    ? `${member},${key}${random.pick(TOKENS)}`
    : `${key}${random.pick(TOKENS)}`
  return text.slice(0, index) + replacement + text.slice(index + member.length)
}

/** Spoils bytes: cut short, flipped, doubled, in another encoding, or none of it. */
export function spoilBytes(text: string, random: Random): Buffer {
  const bytes = Buffer.from(text)
  switch (random.below(60)) {
    case 0:
      return bytes.subarray(0, random.below(bytes.length + 1))
    case 1:
      return Buffer.concat([bytes, bytes])
    case 2:
      return Buffer.from(text, 'utf16le')
    case 3:
      return Buffer.concat([Buffer.from('\ufeff'), bytes])
    case 4:
      return Buffer.concat([bytes, Buffer.from([0])])
    case 5:
      return Buffer.from(text, 'latin1')
    case 6:
      return Buffer.alloc(random.below(200), random.below(256))
    case 7:
    case 8: {
      for (let left = 1 + random.below(4); left > 0 && bytes.length > 0; left--) {
        bytes[random.below(bytes.length)] = random.below(256)
      }
      return bytes
    }
    default:
      return bytes
  }
}

function spoilOnePlace(root: Record<string, unknown>, random: Random): void {
  let parent: Record<string, unknown> | unknown[] = root
  let key: string | number = 'body'
  for (;;) {
    const child: unknown = (parent as Record<string | number, unknown>)[key]
    const keys: (string | number)[] = Array.isArray(child)
      ? [...child.keys()]
      : isObject(child)
        ? Object.keys(child)
        : []
    if (keys.length === 0 || random.chance(parent === root ? 0.05 : 0.25)) break
    parent = child as Record<string, unknown> | unknown[]
    key = random.pick(keys)
  }
  const target = parent as Record<string | number, unknown>
  const found = target[key]
  const how = random.below(5)
  if (how === 0 && parent !== root && !Array.isArray(parent)) delete target[key]
  else if (how === 1) target[key] = [found]
  else if (how === 2 && isObject(found)) defineMember(found, random.pick(KEYS), someValue(random))
  else if (how === 3 && Array.isArray(found)) found.push(someValue(random))
  else target[key] = someValue(random)
}

/** A copy, because it may be spoilt further. */
function someValue(random: Random): unknown {
  return structuredClone(random.pick(VALUES))
}

/** An assignment to `__proto__` would change the object instead of giving it a member. */
function defineMember(object: Record<string, unknown>, key: string, value: unknown): void {
  Object.defineProperty(object, key, { value, enumerable: true, configurable: true, writable: true })
}

function isObject(value: unknown): value is Record<string, unknown> {
  return value !== null && typeof value === 'object' && !Array.isArray(value)
}
