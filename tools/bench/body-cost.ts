import { cpus } from 'node:os'
import { readConfig } from '../../src/config.ts'
import { findEndpoint } from '../../src/dashscope/endpoints.ts'
import { asGatewayError } from '../../src/errors.ts'
import { readHeaderMap } from '../../src/lib/header-map.ts'
import type { Principal } from '../../src/policy/key-record.ts'
import { readCall } from '../../src/proxy/read-request.ts'
import { spread } from './statistics.ts'
import { writeFigures } from './write-docs.ts'

const PATH = '/compatible-mode/v1/chat/completions'
const KB = 1000

/** Bytes of a body, in the order of the columns. */
const SIZES = [KB, 10 * KB, 100 * KB, 1000 * KB, 5000 * KB]

/** The maximum CPU time for a body of a shape and size, in milliseconds. */
const GOALS: readonly { shape: string; bytes: number; ms: number }[] = [
  { shape: 'tools', bytes: 100 * KB, ms: 1.5 },
  { shape: 'many messages', bytes: 5000 * KB, ms: 150 },
  { shape: 'many keys', bytes: 5000 * KB, ms: 150 },
]

/** Builders of chat request members with a given size. */
const SHAPES: Readonly<Record<string, (bytes: number) => object>> = {
  'one long text': (bytes) => ({ messages: [{ role: 'user', content: 'x'.repeat(bytes) }] }),
  'Chinese text': (bytes) => ({ messages: [{ role: 'user', content: '问'.repeat(bytes / 3) }] }),
  'many messages': (bytes) => ({
    messages: repeat(bytes / 140, (at) => ({ role: 'user', content: sentence(at) })),
  }),
  tools: (bytes) => ({ messages: [{ role: 'user', content: 'hi' }], tools: repeat(bytes / 330, tool) }),
  'many keys': (bytes) => ({
    messages: [{ role: 'user', content: 'hi' }],
    metadata: Object.fromEntries(
      repeat(bytes / 64, (at) => [`key_${at}`, `the value of the member ${at}, in a few words`]),
    ),
  }),
}

/** The cost of one body in milliseconds of CPU time: until the request to DashScope, and for `JSON.parse` only. */
export interface BodyCost {
  shape: string
  bytes: number
  ms: number
  parseMs: number
  /** Whether the body has too many values, so that the cost is that of refusing it. */
  isRefused: boolean
}

/**
 * Measures the work on a body before `fetch`: reading, checking, describing it and computing the cache key. Prints
 * the cost by shape and size, and that of `JSON.parse`, which every validating gateway has.
 *
 * @returns whether the goals are reached.
 */
export async function checkBodyCost(write = false): Promise<boolean> {
  const costs = await bodyCosts()
  const goals = GOALS.map((goal) => {
    const ms = costs.find(({ shape, bytes }) => shape === goal.shape && bytes === goal.bytes)?.ms ?? Infinity
    return { ...goal, measured: ms, isReached: ms <= goal.ms }
  })
  const printed = [
    `CPU time before the request to DashScope, in ms (JSON.parse alone in brackets); Node.js ${process.version}`,
    `on ${cpus().length} cores of ${cpus()[0]?.model ?? 'an unknown processor'}`,
    '',
    ['shape'.padEnd(16), ...SIZES.map((bytes) => `${bytes / KB} kB`.padStart(18))].join(''),
    ...Object.keys(SHAPES).map((shape) => shape.padEnd(16) + cellsOf(costs, shape).join('')),
    '',
    '* refused: more values than a body may hold.',
    'Aimed at:',
    ...goals.map(
      ({ shape, bytes, ms, measured, isReached }) =>
        `  ${shape}, ${bytes / KB} kB, at most ${ms} ms: ${shown(measured)}, ${isReached ? 'reached' : 'not reached'}`,
    ),
  ].join('\n')
  console.log(printed)
  if (write) writeFigures('cost', printed, 'npm run bench -- cost')
  return goals.every(({ isReached }) => isReached)
}

function cellsOf(costs: readonly BodyCost[], wanted: string): string[] {
  return costs
    .filter(({ shape }) => shape === wanted)
    .map(({ ms, parseMs, isRefused }) =>
      `${isRefused ? '*' : ''}${shown(ms)} (${shown(parseMs)})`.padStart(18),
    )
}

/** Measures every shape in every size. */
export async function bodyCosts(): Promise<BodyCost[]> {
  const costs: BodyCost[] = []
  for (const [shape, make] of Object.entries(SHAPES)) {
    for (const bytes of SIZES) costs.push({ shape, bytes, ...(await costOf(make(bytes), bytes)) })
  }
  return costs
}

async function costOf(members: object, bytes: number): Promise<Omit<BodyCost, 'shape' | 'bytes'>> {
  // V8 has compiled the hot code after some hundred requests.
  const rounds = Math.round(Math.min(400, Math.max(5, 20_000_000 / bytes)))
  let isRefused = false
  const all: number[] = []
  const parse: number[] = []
  for (let round = 0; round < rounds; round++) {
    // A different body each time: the cache key of a repeated one would be memoised.
    const text = JSON.stringify({ model: 'qwen-plus', seed: round, ...members })
    const read = reading(new TextEncoder().encode(text))
    all.push(
      await cpuMs(() =>
        read().catch((thrown) => {
          if (asGatewayError(thrown).reason !== 'invalid') throw thrown
          isRefused = true
        }),
      ),
    )
    parse.push(await cpuMs(() => JSON.parse(text)))
  }
  // The lower quartile, since other work in this process only makes rounds slower.
  return { ms: spread(all).lowerQuartile, parseMs: spread(parse).lowerQuartile, isRefused }
}

const config = readConfig({
  DASHSCOPE_API_KEY: 'sk-bench',
  ADMIN_TOKEN: 'an-admin-token-of-the-bench',
} as never)
const found = findEndpoint('POST', PATH)
if (found.kind !== 'endpoint') throw new Error(`${PATH} must be an endpoint.`)
const { endpoint } = found
const principal: Principal = { keyId: 'key_0000000000000001', policy: { cache_generation: 0 } }

/** A reader for a body in memory: the cost of Node.js' `Request` is not representative of workerd. */
function reading(bytes: Uint8Array) {
  const headers = { 'content-type': 'application/json', 'content-length': String(bytes.byteLength) }
  const request = new Request(`http://gateway.example${PATH}`, { method: 'POST', headers })
  Object.defineProperty(request, 'arrayBuffer', { value: async () => bytes.buffer })
  const url = new URL(request.url)
  const incoming = { headers: readHeaderMap(new Headers(headers)), principal, endpoint, id: undefined }
  return () => readCall(request, url, incoming, config)
}

async function cpuMs(work: () => unknown): Promise<number> {
  const before = process.cpuUsage()
  await work()
  const { user, system } = process.cpuUsage(before)
  return (user + system) / 1000
}

function repeat<Item>(count: number, make: (at: number) => Item): Item[] {
  return Array.from({ length: Math.max(1, Math.floor(count)) }, (_, at) => make(at))
}

function sentence(at: number): string {
  return `Message ${at}: what does a gateway do with a body of many small values, and what does it cost to name it?`
}

function tool(at: number): object {
  const property = { type: 'string', description: 'A city and its country, as in "Hangzhou, China".' }
  const parameters = {
    type: 'object',
    properties: { location: property, unit: { type: 'string', enum: ['c', 'f'] } },
    required: ['location'],
  }
  return {
    type: 'function',
    function: { name: `weather_${at}`, description: 'Looks up the weather.', parameters },
  }
}

function shown(ms: number): string {
  return ms < 10 ? ms.toFixed(2) : ms.toFixed(0)
}
