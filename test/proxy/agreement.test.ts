import { expect, it } from 'vitest'
import { describeRequest, LENGTH_NAMES } from '../../../src/dashscope/request/describe.ts'
import { JsonBody } from '../../../src/lib/json/body.ts'
import { bytesOf } from '../../../src/lib/json/utf8.ts'
import { estimateUsage } from '../../../src/meter/estimate.ts'
import { allowCaps } from '../../../src/policy/caps.ts'
import { refuseDuplicateKeys } from '../../../src/policy/duplicates.ts'
import { applyFrozen } from '../../../src/policy/frozen.ts'
import { endpointOf, type Path } from '../../auth/endpoint.ts'
import { mulberry32 } from '../../harness/mulberry32.ts'

const BODIES = 10_000
const PATHS: readonly Path[] = ['text', 'multimodal', 'chat', 'responses', 'anthropic']
const CAPS = { max_tokens: 1000, thinking_budget: 5000, media_parts: 0, enable_search: false } as const

type Random = (below: number) => number

function pick<Value>(random: Random, values: readonly Value[]): Value {
  return values[random(values.length)] as Value
}

/** Values within the caps, by the end of the name they belong to. */
const GOOD: Readonly<Record<string, string>> = {
  tokens: '7',
  budget: '50',
  thinking: 'false',
  effort: '"low"',
  search: 'false',
  images: '2',
}

/** A value that a caller may send for a member: mostly a good one, else an odd type or a number at the edges. */
function value(random: Random, name: string): string {
  const good = GOOD[name.split('_').at(-1) ?? ''] ?? '1'
  if (random(5) > 0) return good
  return pick(random, [
    ...['1', '50', '999999', '0', '-1', '1e3', '"50"', 'null', 'true', 'false', '[]', '{}'],
    ...['{"toString":1}', '"low"', '"xhigh"', '"none"'],
  ])
}

/** A key as it is, or with one letter escaped. */
function key(random: Random, name: string): string {
  if (random(4) > 0) return JSON.stringify(name)
  const at = random(name.length)
  const code = name.charCodeAt(at).toString(16).padStart(4, '0')
  return `"${name.slice(0, at)}\\u${code}${name.slice(at + 1)}"`
}

function members(random: Random): string[] {
  const names = [
    ...LENGTH_NAMES,
    'n',
    'max_images',
    'thinking_budget',
    'enable_thinking',
    'reasoning_effort',
    'enable_search',
  ]
  const found = names
    .filter(() => random(4) === 0)
    .map((name) => `${key(random, name)}:${value(random, name)}`)
  if (random(5) === 0) found.push(`${key(random, 'reasoning')}:{"effort":${value(random, 'effort')}}`)
  if (random(5) === 0) found.push(`${key(random, 'output_config')}:{"effort":${value(random, 'effort')}}`)
  if (random(5) === 0)
    found.push(`${key(random, 'thinking')}:{"type":"enabled","budget_tokens":${value(random, 'budget')}}`)
  if (random(5) === 0)
    found.push(
      `${key(random, 'tools')}:[{"type":${pick(random, ['"web_search"', '"function"', '"mcp"', '{}'])}}]`,
    )
  if (random(9) === 0 && found[0]) found.push(found[0])
  return found
}

function body(random: Random): string {
  const part = random(3)
    ? '{"text":"x"}'
    : pick(random, [
        '{"text":"x"}',
        '{"image":"https://a"}',
        '{"type":"video","source":{"data":"AA"}}',
        '{"type":"input_audio","data":"AA"}',
      ])
  const messages = `[{"role":"user","content":[${part}]}]`
  const all = [...members(random), `"messages":${messages}`, `"input":{"messages":${messages}}`]
  if (random(2)) all.push(`"parameters":{${members(random).join(',')}}`)
  return `{${all.join(',')}}`
}

function passes(act: () => unknown): boolean {
  try {
    act()
    return true
  } catch {
    return false
  }
}

it(`All readers agree about what ${BODIES} generated bodies ask for.`, () => {
  const next = mulberry32(20_261_128)
  const random = (below: number) => Math.floor(next() * below)
  let allowed = 0
  for (let round = 0; round < BODIES; round++) {
    const path = pick(random, PATHS)
    const endpoint = endpointOf(path)
    const text = body(random)
    const json = JsonBody.parse(bytesOf(text))
    if (!passes(() => refuseDuplicateKeys(json.outline))) continue
    const asked = describeRequest(endpoint, new Headers(), json.value)
    if (!passes(() => allowCaps(CAPS, endpoint, asked))) continue
    allowed++
    const estimate = estimateUsage(endpoint, asked, text.length)
    // What the caps let pass is never reserved, priced or cached as if it asked for more.
    expect(estimate.output, text).toBeLessThanOrEqual((1000 + 5000) * (asked.count ?? 1))
    expect([asked.media.parts, asked.web.length], text).toEqual([0, 0])
    expect(asked.thinking.maxTokens, text).toBeLessThanOrEqual(5000)
    // A frozen length is the one that every part reads afterwards.
    const frozen = { parameters: { max_tokens: 7 } }
    if (!passes(() => applyFrozen(json, frozen, endpoint, undefined))) continue
    const fixed = applyFrozen(json, frozen, endpoint, undefined)
    const lengths = describeRequest(endpoint, new Headers(), fixed.value).lengths
    expect(
      lengths.filter(({ isEffective }) => isEffective).map((each) => each.value),
      fixed.text,
    ).toContain(7)
    expect(new Set(lengths.map((each) => each.value)), fixed.text).toEqual(new Set([7]))
  }
  expect(allowed).toBeGreaterThan(50)
})
