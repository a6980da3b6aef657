import { LENGTH_NAMES } from '../../src/dashscope/request/describe.ts'
import { mulberry32 } from '../harness/mulberry32.ts'

/** A whole number from 0 up to, and without, a bound. */
export type Random = (below: number) => number

/** A JSON value whose spelling is not fixed yet: a literal as it is written, or members that may repeat a key. */
type Tree = string | { object: [key: string, value: Tree][] } | { array: Tree[] }

/** One request, which can be written in other ways. */
export interface GeneratedBody {
  text: string
  /** A text that means the same: other escapes, white space and order. */
  respelled: () => string
  /** The same members in any order, so that another one of two with the same key may count. */
  shuffled: () => string
}

export function randomFrom(seed: number): Random {
  const next = mulberry32(seed)
  return (below) => Math.floor(next() * below)
}

export function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[random(values.length)] as Value
}

const ODD_VALUES = [
  ...['0', '-1', '1.5', '1e3', '1E3', '1000.0', '999999', '1e17', '1e400', '-0', '9007199254740993'],
  ...['"50"', '"low"', '"none"', '""', 'null', 'true', 'false'],
]
const ODD_TREES: Tree[] = [{ array: [] }, { object: [] }, { object: [['toString', '1']] }]

/** What a caller may send for each parameter: mostly a good value. */
const PARAMETERS: Readonly<Record<string, readonly Tree[]>> = {
  ...Object.fromEntries(LENGTH_NAMES.map((name) => [name, ['7', '20', '400']])),
  n: ['1', '2', '3'],
  max_images: ['1', '4'],
  stream: ['true', 'false'],
  stream_options: [{ object: [['include_usage', 'true']] }, { object: [['include_usage', 'false']] }],
  incremental_output: ['true', 'false'],
  enable_thinking: ['true', 'false'],
  thinking_budget: ['50', '3000'],
  reasoning_effort: ['"low"', '"none"', '"xhigh"'],
  reasoning: [{ object: [['effort', '"low"']] }, { object: [['effort', '"none"']] }],
  output_config: [{ object: [['effort', '"medium"']] }],
  thinking: [
    { object: [['type', '"disabled"']] },
    // biome-ignore format: one value a line
    { object: [['type', '"enabled"'], ['budget_tokens', '3000']] },
  ],
  enable_search: ['true', 'false'],
  enable_code_interpreter: ['true', 'false'],
  tools: [
    { array: [{ object: [['type', '"web_search"']] }] },
    { array: [{ object: [['type', '"function"']] }] },
    { array: [{ object: [['type', '"mcp"']] }] },
  ],
  temperature: ['0.5', '0.50'],
  seed: ['1234567890123456789'],
}

const PARTS: readonly Tree[] = [
  ...['"image"', '"video"', '"audio"'].map((name) => part(name.slice(1, -1), '"https://a"')),
  part('image', '"data:image/png;base64,AAAA"'),
  part('file_id', '"file-fe-1"'),
  part('image_url', { object: [['url', '"https://a"']] }),
  // biome-ignore format: one value a line
  { object: [['type', '"document"'], ['source', { object: [['data', '"AA"']] }]] },
  // biome-ignore format: one value a line
  { object: [['type', '"input_audio"'], ['data', '"AA"']] },
]

const MODELS = ['"qwen-plus"', '"qwen3.8-max"', '"qwq-plus"', '"gpt-4o"', '"qwen-max"']

/**
 * A request body: native members and compatible ones together, each parameter at the top or in `parameters`, some keys twice.
 */
export function generateBody(random: Random): GeneratedBody {
  const message: Tree = {
    object: [
      ['role', '"user"'],
      ['content', { array: content(random) }],
    ],
  }
  const messages: Tree = { array: [message] }
  const tree: [string, Tree][] = [['model', pick(random, MODELS)], ...parameters(random)]
  tree.push(['messages', messages], ['input', { object: [['messages', messages]] }])
  if (random(2)) tree.push(['parameters', { object: parameters(random) }])
  if (random(9) === 0) tree.push(['model', pick(random, MODELS)])
  const body = { object: tree }
  return {
    text: spell(body, random, { isFree: false, mayReorder: false }),
    respelled: () => spell(body, random, { isFree: true, mayReorder: !repeatsKey(body) }),
    shuffled: () => spell(body, random, { isFree: false, mayReorder: true }),
  }
}

function part(name: string, value: Tree): Tree {
  return { object: [[name, value]] }
}

function content(random: Random): Tree[] {
  const text: Tree = part('text', pick(random, ['"x"', '"Where is fileid://abc?"', '"x"', '"\\u0078"']))
  return random(3) ? [text] : [text, pick(random, PARTS)]
}

const NAMED_VALUES = Object.entries(PARAMETERS)

function parameters(random: Random): [string, Tree][] {
  const found = NAMED_VALUES.filter(() => random(6) === 0).map(([name, good]): [string, Tree] => [
    name,
    random(6) ? pick(random, good) : odd(random),
  ])
  const [first] = found
  if (first && random(8) === 0) found.push([first[0], odd(random)])
  return found
}

function odd(random: Random): Tree {
  return pick(random, [...ODD_VALUES, ...ODD_TREES])
}

function repeatsKey(tree: Tree): boolean {
  if (typeof tree === 'string') return false
  if ('array' in tree) return tree.array.some(repeatsKey)
  const keys = tree.object.map(([key]) => key)
  return new Set(keys).size < keys.length || tree.object.some(([, value]) => repeatsKey(value))
}

/** Writes a tree; freely: with escapes and white space where JSON allows them. */
function spell(tree: Tree, random: Random, how: { isFree: boolean; mayReorder: boolean }): string {
  if (typeof tree === 'string') return how.isFree && tree.startsWith('"') ? escaped(tree, random) : tree
  const space = how.isFree ? pick(random, ['', '', ' ', '\n\t']) : ''
  const isList = 'array' in tree
  const items = isList
    ? tree.array.map((each) => spell(each, random, how))
    : (how.mayReorder ? reordered(tree.object, random) : tree.object).map(
        ([key, value]) => `${spell(`"${key}"`, random, how)}${space}:${spell(value, random, how)}`,
      )
  return `${isList ? '[' : '{'}${items.join(`${space},${space}`)}${space}${isList ? ']' : '}'}`
}

/** A string literal with one of its letters escaped, or as it is. */
function escaped(literal: string, random: Random): string {
  if (literal.length < 3 || literal.includes('\\') || random(3) > 0) return literal
  const at = 1 + random(literal.length - 2)
  const code = literal.charCodeAt(at).toString(16).padStart(4, '0')
  return `${literal.slice(0, at)}\\u${code}${literal.slice(at + 1)}`
}

function reordered<Value>(values: readonly Value[], random: Random): Value[] {
  return values
    .map((value) => ({ value, place: random(1_000_000) }))
    .sort((one, other) => one.place - other.place)
    .map(({ value }) => value)
}
