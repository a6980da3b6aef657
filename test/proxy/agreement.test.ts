import { isDeepStrictEqual } from 'node:util'
import { expect, it } from 'vitest'
import { type Env, readConfig } from '../../src/config.ts'
import { priceOf } from '../../src/dashscope/prices.ts'
import { LENGTH_NAMES } from '../../src/dashscope/request/describe.ts'
import { GatewayError } from '../../src/errors.ts'
import { isJsonObject, type JsonObject } from '../../src/lib/json/object.ts'
import { bytesOf, textOf } from '../../src/lib/json/utf8.ts'
import { moneyToReserve } from '../../src/meter/money.ts'
import type { Caps, Frozen, Policy, Principal } from '../../src/policy/key-record.ts'
import { beginExchange } from '../../src/proxy/exchange.ts'
import { describeResponse } from '../../src/proxy/logged-request.ts'
import type { ProxyRequest } from '../../src/proxy/proxy-request.ts'
import { readJsonText } from '../../src/proxy/read-json.ts'
import { authorize } from '../../src/proxy/read-request.ts'
import { endpointOf, type Path } from '../auth/endpoint.ts'
import { generateBody, pick, type Random, randomFrom } from './generated-bodies.ts'

/** Of each of the five tests; `BODIES=10000` of `.ci/run` has 50,000 together. */
const BODIES = Number(process.env.BODIES ?? 500)
const PATHS: readonly Path[] = ['text', 'multimodal', 'chat', 'responses', 'anthropic']
const MOST_TOKENS = 1_000_000
const PRICES = '{"gpt-4o":[{"input":2,"output":4}]}'
const CONFIG = readConfig({ DASHSCOPE_API_KEY: 'sk-1', PRICES } as Env)
const CAPS: Caps = { max_tokens: 1000, n: 3, thinking_budget: 5000, media_parts: 0, enable_search: false }

function callerWith(policy: Partial<Policy>, frozen?: Frozen): Principal {
  const caller = { keyId: 'key_0123456789abcdef', policy: { cache_generation: 0, ...policy } }
  return frozen ? { ...caller, token: { id: 'tok_1', expires: 2_000_000_000, frozen } } : caller
}

const LIMITED = callerWith({ limits: { money_per_day: 1, tokens_per_day: 1000 } })

/** The planned request; undefined if the gateway refuses it. */
function planned(principal: Principal, path: Path, text: string, isSse: boolean): ProxyRequest | undefined {
  const headers = new Headers(isSse ? { 'x-dashscope-sse': 'enable' } : {})
  const endpoint = endpointOf(path)
  const url = new URL(endpoint.pattern.template, 'https://gateway.example')
  const incoming = { headers, principal, endpoint, id: undefined }
  try {
    const json = readJsonText(bytesOf(text), 'request body')
    return authorize(new Request(url, { headers }), url, incoming, { kind: 'json', json }, CONFIG)
  } catch (thrown) {
    if (thrown instanceof GatewayError) return undefined
    throw thrown
  }
}

/** What goes to DashScope, read without the gateway's code: the body, and the object in it that holds its parameters. */
function sentBy({ bytes, endpoint }: ProxyRequest): { body: JsonObject; parameters: JsonObject } {
  const body = JSON.parse(textOf(bytes)) as JsonObject
  const nested = isJsonObject(body.parameters) ? body.parameters : {}
  return { body, parameters: endpoint.dialect === 'native' ? nested : body }
}

function numbersOf(parameters: JsonObject, names: readonly string[]): number[] {
  return names
    .map((name) => parameters[name])
    .filter((value): value is number => typeof value === 'number' && value >= 1)
}

function choicesIn({ n }: JsonObject): number {
  return typeof n === 'number' ? n : 1
}

/** What the log says of a planned request. */
function loggedRow(call: ProxyRequest) {
  const exchange = beginExchange('https://gateway.example/x', 'POST')
  const used = { ending: 'complete', usage: call.estimate, money: 0 } as const
  return describeResponse(exchange, call, { ...used, model: call.model }).row
}

/** As `expect(actual).toEqual(expected)`, which takes longer than a request. */
function expectSame(actual: unknown, expected: unknown, text: string): void {
  if (!isDeepStrictEqual(actual, expected)) expect(actual, text).toStrictEqual(expected)
}

function expectSameModelAndStream(call: ProxyRequest, text: string): void {
  const { body } = sentBy(call)
  const { model, stream, asked, cache, estimate, endpoint, principal } = call
  const isAsked = endpoint.stream === 'header' ? call.headers.has('x-dashscope-sse') : body.stream === true
  const row = loggedRow(call)
  expectSame([model, asked.model, row?.model], [body.model, body.model, body.model], text)
  expectSame([stream, asked.stream, row?.stream ?? false], [isAsked, isAsked, isAsked], text)
  const forStreams = [cache.use && cache.framing !== undefined, call.hidesUsage]
  expectSame(forStreams.includes(true) && !stream, false, text)
  expectSame(call.aggregation !== undefined && stream, false, text)
  if (principal.policy.limits?.money_per_day === undefined) return
  const price = priceOf(model, call.targets[0].region, estimate, CONFIG.billing)
  expectSame(moneyToReserve(call, estimate), price, text)
}

/** Nothing that DashScope may obey is more than what is reserved and priced. */
function expectReserved(call: ProxyRequest, text: string): void {
  const { parameters } = sentBy(call)
  const { asked, estimate, cache, aggregation } = call
  const lengths = numbersOf(parameters, LENGTH_NAMES)
  const [choices = 1] = numbersOf(parameters, ['n'])
  const mayThink = asked.thinking.isSlow && asked.thinking.state !== 'off'
  const [thought = 0] = mayThink ? numbersOf(parameters, ['thinking_budget']) : []
  const most = Math.ceil((Math.max(1, ...lengths) + (thought === Infinity ? 0 : thought)) * choices)
  const { parts, videos, audios, documents } = asked.media
  const images = 1200 * (parts - videos - audios - documents)
  expectSame(estimate.output >= Math.min(most, MOST_TOKENS), true, text)
  expectSame(estimate.input >= Math.max(images, MOST_TOKENS * Math.min(1, documents)), true, text)
  expectSame(estimate.mayIncludeThinking ?? false, asked.thinking.isPossible, text)
  for (const framing of [cache.use && cache.framing, aggregation?.framing]) {
    if (framing) expectSame(framing.choices, choicesIn(parameters), text)
  }
  // A response that read the web is kept only if the caller says for how long.
  expectSame(cache.use && cache.ttlSeconds !== undefined && asked.web.length > 0, false, text)
}

/** Everything that a request asks for but how its response is sent. */
function questionOf({ asked, endpoint }: ProxyRequest): object {
  return { ...asked, stream: endpoint.name }
}

function comparable({ model, asked, cache, estimate, bytes, aggregation, targets }: ProxyRequest): unknown[] {
  return [model, asked, cache, estimate, textOf(bytes), aggregation, targets]
}

/** A body, a path and a header of each round. */
function* rounds(seed: number): Generator<{ random: Random; path: Path; isSse: boolean }> {
  const random = randomFrom(seed)
  for (let round = 0; round < BODIES; round++) {
    yield { random, path: pick(random, PATHS), isSse: random(3) === 0 }
  }
}

it(`What ${BODIES} generated bodies ask for is the same to the reservation, the price, the cache, the stream and the log.`, () => {
  let accepted = 0
  for (const { random, path, isSse } of rounds(1)) {
    const { text } = generateBody(random)
    const call = planned(LIMITED, path, text, isSse)
    if (!call) continue
    accepted++
    expectSameModelAndStream(call, text)
    expectReserved(call, text)
  }
  expect(accepted).toBeGreaterThan(BODIES / 4)
})

it(`One cache key never stands for two questions among ${BODIES} generated bodies, however each is written.`, () => {
  const questions = new Map<string, object>()
  let respelledHits = 0
  for (const { random, path, isSse } of rounds(2)) {
    const { text, respelled, shuffled } = generateBody(random)
    const texts = [text, respelled(), shuffled()]
    const calls = texts.map((each) => planned(callerWith({}), path, each, isSse))
    for (const call of calls) {
      if (!call?.cache.use) continue
      const question = questionOf(call)
      expectSame(questions.get(call.cache.cacheKey) ?? question, question, text)
      questions.set(call.cache.cacheKey, question)
    }
    const [plain, again] = calls.map((call) => (call?.cache.use ? call.cache.cacheKey : undefined))
    // An escape makes the gateway look for repeated keys, which it then refuses.
    if (again === undefined) continue
    expectSame(again, plain, texts[1] ?? '')
    respelledHits++
  }
  expect(respelledHits).toBeGreaterThan(BODIES / 4)
})

it(`What the caps let pass of ${BODIES} generated bodies is neither reserved nor sent as more.`, () => {
  let allowed = 0
  for (const { random, path, isSse } of rounds(3)) {
    const { text } = generateBody(random)
    const call = planned(callerWith({ caps: CAPS, limits: { tokens_per_day: 1 } }), path, text, isSse)
    if (!call) continue
    allowed++
    const { parameters } = sentBy(call)
    const { asked, estimate } = call
    const isWithin = [
      Math.max(0, ...numbersOf(parameters, LENGTH_NAMES)) <= 1000,
      estimate.output <= (1000 + 5000) * 3,
      asked.thinking.maxTokens <= 5000,
    ]
    expectSame(isWithin, [true, true, true], text)
    expectSame([asked.media.parts, asked.web.length, parameters.enable_search || false], [0, 0, false], text)
  }
  expect(allowed).toBeGreaterThan(BODIES / 400)
})

it(`What a token fixes is what every part reads of ${BODIES} generated bodies.`, () => {
  const token = callerWith(LIMITED.policy, {
    model: 'qwen-plus',
    parameters: { max_tokens: 7, enable_thinking: false },
  })
  let frozen = 0
  for (const { random, path, isSse } of rounds(4)) {
    const { text } = generateBody(random)
    const call = planned(token, path, text.replaceAll(/"model":"[^"]*",/g, ''), isSse)
    if (!call) continue
    frozen++
    expectSameModelAndStream(call, text)
    expectReserved(call, text)
    const { lengths, count = 1, thinking } = call.asked
    const isNamed = lengths.some(({ isEffective }) => isEffective)
    expectSame([call.model, thinking.maxTokens, isNamed], ['qwen-plus', 0, true], text)
    expectSame(call.estimate.output, Math.min(7 * count, MOST_TOKENS), text)
    expectSame(new Set(lengths.map(({ value }) => value)), new Set([7]), text)
    // The same question in full has the same entry.
    const full = planned(token, path, textOf(call.bytes), isSse)
    expectSame(full && textOf(full.bytes), textOf(call.bytes), text)
    if (!call.hidesUsage) expectSame(full?.cache, call.cache, text)
  }
  expect(frozen).toBeGreaterThan(BODIES / 40)
})

it(`An alias is the model it stands for to every part that reads ${BODIES} generated bodies.`, () => {
  const caller = callerWith({ ...LIMITED.policy, aliases: { 'gpt-4o': 'qwen-plus', 'qwen-max': 'qwq-plus' } })
  let renamed = 0
  for (const { random, path, isSse } of rounds(5)) {
    const { text } = generateBody(random)
    const call = planned(caller, path, text, isSse)
    if (!call) continue
    expectSameModelAndStream(call, text)
    if (!/"(?:gpt-4o|qwen-max)"/.test(text)) continue
    renamed++
    const named = text.replaceAll('"gpt-4o"', '"qwen-plus"').replaceAll('"qwen-max"', '"qwq-plus"')
    const direct = planned(callerWith(LIMITED.policy), path, named, isSse)
    expectSame(direct && comparable(direct), comparable(call), text)
  }
  expect(renamed).toBeGreaterThan(BODIES / 20)
})
