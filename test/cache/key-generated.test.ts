import { describe, expect, test } from 'vitest'
import type { CacheKeyInput } from '../../src/cache/key.ts'
import { CACHE_KEY_VERSION, cacheKey, isStreamOff } from '../../src/cache/key.ts'
import { JsonBody } from '../../src/lib/json/body.ts'
import { bytesOf } from '../../src/lib/json/utf8.ts'
import { mulberry32 } from '../harness/mulberry32.ts'

/** A JSON value that can be printed in many spellings; scalars other than strings are tokens. */
type Tree =
  | { kind: 'object'; members: [string, Tree][] }
  | { kind: 'array'; items: Tree[] }
  | { kind: 'string'; value: string }
  | { kind: 'token'; value: string }

type Random = () => number

const GENERATED_BODIES = 500

const TOKENS = [
  '0',
  '-0',
  '1',
  '1.0',
  '1e0',
  '1E0',
  '9007199254740992',
  '9007199254740993',
  'true',
  'false',
  'null',
]
const CHARACTERS = [
  'a',
  'b',
  '/',
  '"',
  '\\',
  '\n',
  ' ',
  '{',
  '}',
  ',',
  ':',
  '\u0000',
  'é',
  '你',
  '😀',
  '\ud800',
  '\udc00',
]
const KEYS = [
  'model',
  'input',
  'messages',
  'role',
  'parameters',
  'seed',
  'a',
  'b',
  '',
  '__proto__',
  '你',
  '😀',
  '"',
  '\ud800',
]

const BASE: Omit<CacheKeyInput, 'json'> = {
  version: CACHE_KEY_VERSION,
  scope: { kind: 'key', id: 'key_1', generation: 0 },
  host: 'dashscope.aliyuncs.com',
  path: '/api/v1/services/aigc/text-generation/generation',
  headers: [],
  omit: isStreamOff,
}

function keyOf({ text = '{}', ...change }: Partial<CacheKeyInput> & { text?: string }): string {
  return cacheKey({ ...BASE, ...change, json: JsonBody.parse(bytesOf(text)) })
}

function below(random: Random, limit: number): number {
  return Math.floor(random() * limit)
}

function pick<Item>(random: Random, items: readonly Item[]): Item {
  return items[below(random, items.length)] as Item
}

function shuffled<Item>(random: Random, items: readonly Item[]): Item[] {
  return items
    .map((item) => ({ item, rank: random() }))
    .sort((a, b) => a.rank - b.rank)
    .map(({ item }) => item)
}

function generateTree(random: Random, depth: number): Tree {
  const choice = random()
  if (depth > 0 && choice < 0.4) return generateObject(random, depth)
  if (depth > 0 && choice < 0.55) {
    return {
      kind: 'array',
      items: Array.from({ length: below(random, 4) }, () => generateTree(random, depth - 1)),
    }
  }
  if (choice < 0.8) {
    const value = Array.from({ length: below(random, 6) }, () => pick(random, CHARACTERS)).join('')
    return { kind: 'string', value }
  }
  return { kind: 'token', value: pick(random, TOKENS) }
}

function generateObject(random: Random, depth: number): Tree & { kind: 'object' } {
  const keys = shuffled(random, KEYS).slice(0, below(random, 6))
  return { kind: 'object', members: keys.map((key) => [key, generateTree(random, depth - 1)]) }
}

/** Prints a tree with its members, white space and escapes left to chance. */
function print(tree: Tree, random: Random): string {
  const space = (): string => pick(random, ['', '', '', ' ', '\n', '\t', '\r\n  '])
  const list = (items: string[]): string => items.map((item) => space() + item + space()).join(',') || space()
  if (tree.kind === 'token') return tree.value
  if (tree.kind === 'string') return printString(tree.value, random)
  if (tree.kind === 'array') return `[${list(tree.items.map((item) => print(item, random)))}]`
  const members = shuffled(random, tree.members)
  return `{${list(members.map(([key, value]) => `${printString(key, random)}${space()}:${space()}${print(value, random)}`))}}`
}

function printString(value: string, random: Random): string {
  const style = random()
  const characters = Array.from(value, (character) => {
    const escaped = character
      .split('')
      .map((unit) => `\\u${unit.charCodeAt(0).toString(16).padStart(4, '0')}`)
    const lower = escaped.join('')
    // UTF-8 has no bytes for half of a pair.
    if (random() < style || !character.isWellFormed()) {
      return random() < 0.5 ? lower : escaped.map((unit) => `\\u${unit.slice(2).toUpperCase()}`).join('')
    }
    if (character === '/' && random() < 0.5) return '\\/'
    if (character === '"' || character === '\\') return `\\${character}`
    if (character === '\n') return '\\n'
    return character < ' ' ? lower : character
  })
  return `"${characters.join('')}"`
}

/** One spelling for what a tree says, built without the code under test. */
function meaning(tree: Tree): string {
  if (tree.kind === 'token') return tree.value
  if (tree.kind === 'string') return JSON.stringify(tree.value)
  if (tree.kind === 'array') return `[${tree.items.map(meaning).join()}]`
  const members = tree.members.map(([key, value]) => `${JSON.stringify(key)}:${meaning(value)}`)
  return `{${members.sort().join()}}`
}

/** Every tree that differs from this one in one place: a leaf changed, a member added, an item appended. */
function changedTrees(tree: Tree): Tree[] {
  if (tree.kind === 'token') {
    return TOKENS.filter((token) => token !== tree.value).map((value) => ({ kind: 'token', value }))
  }
  if (tree.kind === 'string') return [{ kind: 'string', value: `${tree.value}a` }]
  if (tree.kind === 'array') {
    const { items } = tree
    const inside = items.flatMap((item, at) => changedTrees(item).map((changed) => items.with(at, changed)))
    return [...inside, [...items, { kind: 'token', value: '1' } as Tree]].map((changed) => ({
      kind: 'array',
      items: changed,
    }))
  }
  const { members } = tree
  const inside = members.flatMap(([key, value], at) => [
    members.with(at, [`${key}x`, value]),
    ...changedTrees(value).map((changed) => members.with(at, [key, changed])),
  ])
  return [...inside, [...members, ['added', { kind: 'token', value: 'null' }] as [string, Tree]]].map(
    (changed) => ({
      kind: 'object',
      members: changed,
    }),
  )
}

describe('generated bodies', () => {
  test('Every spelling of a body has the same key, and bodies that differ in meaning have different keys.', () => {
    const random = mulberry32(20261124)
    const keyByMeaning = new Map<string, string>()
    for (let round = 0; round < GENERATED_BODIES; round += 1) {
      const tree = generateObject(random, 4)
      const first = print(tree, random)
      const second = print(tree, random)
      const key = keyOf({ text: first })
      expect(keyOf({ text: second }), `${first}\n${second}`).toBe(key)
      const known = keyByMeaning.get(meaning(tree))
      if (known !== undefined) expect(key).toBe(known)
      keyByMeaning.set(meaning(tree), key)
    }
    expect(keyByMeaning.size).toBeGreaterThan(GENERATED_BODIES / 2)
    expect(new Set(keyByMeaning.values()).size).toBe(keyByMeaning.size)
  })

  test('Every changed and every added field changes the key.', () => {
    const random = mulberry32(7)
    for (let round = 0; round < GENERATED_BODIES; round += 1) {
      const tree = generateObject(random, 3)
      const text = print(tree, random)
      const key = keyOf({ text })
      const changed = shuffled(random, changedTrees(tree)).slice(0, 4)
      for (const other of changed) {
        const otherText = print(other, random)
        expect(keyOf({ text: otherText }), `${text}\n${otherText}`).not.toBe(key)
      }
    }
  })
})

describe('generated tenants', () => {
  test('P7: Generated tenants that send the same request have different keys.', () => {
    const random = mulberry32(1)
    const ids = new Set(
      Array.from({ length: 2000 }, () =>
        Array.from({ length: below(random, 5) }, () => pick(random, ['a', '1', ':', '0', '"'])).join(''),
      ),
    )
    const keys = [...ids].map((id) => keyOf({ scope: { kind: 'key', id, generation: 0 } }))
    expect(new Set(keys).size).toBe(ids.size)
  })
})
