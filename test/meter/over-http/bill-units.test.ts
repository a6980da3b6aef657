import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { CHAT, chatBody, nativeBody, SSE, TEXT, until } from '../../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../../harness/gateway.ts'
import { askWhole, billedCalls, inParallel, usageReport } from './rig.ts'

const MULTIMODAL = '/api/v1/services/aigc/multimodal-generation/generation'
const IMAGE_CHECK = '/api/v1/services/aigc/image2video/face-detect'
const EACH = 15

/** Requests of one model in one unit; `unit` adds up what an answer names of it. */
interface Kind {
  kind: string
  model: string
  path: string
  headers?: Record<string, string>
  body: (index: number) => object
}

const KINDS: readonly Kind[] = [
  {
    kind: 'a native stream of three choices',
    model: 'qwen-plus',
    path: TEXT,
    headers: SSE,
    body: (index) => nativeBody('qwen-plus', `question ${index}`, { n: 3, incremental_output: true }),
  },
  {
    kind: 'a chat stream of two choices without stream_options',
    model: 'qwen-flash',
    path: CHAT,
    body: (index) => chatBody('qwen-flash', `question ${index} ${'x'.repeat(index)}`, { n: 2, stream: true }),
  },
  {
    kind: 'a chat of two choices',
    model: 'qwen-turbo',
    path: CHAT,
    body: (index) => chatBody('qwen-turbo', `question ${index}`, { n: 2 }),
  },
  {
    kind: 'a search',
    model: 'qwen-max',
    path: TEXT,
    body: (index) =>
      nativeBody('qwen-max', `question ${index}`, {
        enable_search: true,
        search_options: { forced_search: true },
      }),
  },
  {
    kind: 'speech',
    model: 'qwen3-tts-flash',
    path: MULTIMODAL,
    body: (index) => ({ model: 'qwen3-tts-flash', input: { text: `Sentence ${index}.`, voice: 'Cherry' } }),
  },
  {
    kind: 'a check of an image',
    model: 'emo-detect-v1',
    path: IMAGE_CHECK,
    body: (index) => ({
      model: 'emo-detect-v1',
      input: { image_url: `https://a.example/${index}.png` },
      parameters: { ratio: '1:1' },
    }),
  },
]

let gateway: TestGateway
let id: string
const answers = new Map<string, string[]>()

beforeAll(async () => {
  gateway = await startTestGateway()
  const issued = await gateway.issueKey({ limits: { tokens_per_day: 100_000_000 } })
  id = issued.id
  const work = KINDS.flatMap((kind) => Array.from({ length: EACH }, (_, index) => ({ ...kind, index })))
  await inParallel(work, 20, async ({ kind, path, headers = {}, body, index }) => {
    const more = { 'cache-control': 'no-store', ...headers }
    const read = await askWhole({
      address: gateway.address,
      key: issued.key,
      path,
      body: body(index),
      headers: more,
    })
    if (read.status !== 200) throw new Error(`${kind}: ${read.status} ${read.text.slice(0, 300)}`)
    answers.set(kind, [...(answers.get(kind) ?? []), read.text])
  })
  await until('every request is counted', async () => {
    return (await usageReport(gateway, `key=${id}`)).total.requests === work.length
  })
}, 120_000)
afterAll(() => gateway.stop())

async function rowOf(model: string): Promise<Record<string, number>> {
  const { rows } = await usageReport(gateway, `key=${id}&group_by=model`)
  return rows.find((row) => row.model === model) ?? {}
}

/** What all answers of a kind name, added up. */
function named(kind: string, name: RegExp): number {
  return (answers.get(kind) ?? [])
    .flatMap((text) => [...text.matchAll(name)].slice(-1))
    .reduce((sum, [, count]) => sum + Number(count), 0)
}

describe('A3, A4: the bill of a key with limits, in every unit', () => {
  it.each(KINDS.slice(0, 4).map(({ kind, model }) => [kind, model]))(
    'The bill equals the account of DashScope to the token: %s',
    async (_, model) => {
      const calls = (await billedCalls(gateway)).filter(({ body }) => body.includes(`"${model}"`))
      const row = await rowOf(model ?? '')
      const output = calls.reduce((sum, { usage }) => sum + (usage?.output_tokens ?? 0), 0)
      const input = calls.reduce((sum, { usage }) => sum + (usage?.input_tokens ?? 0), 0)
      expect(output).toBeGreaterThan(0)
      expect({ input: row.input_tokens, output: row.output_tokens, estimated: row.estimated }).toEqual({
        input,
        output,
        estimated: 0,
      })
    },
  )

  it('The bill has the searches.', async () => {
    const searches = named('a search', /"plugins":\{"search":\{"count":(\d+)/g)
    expect(searches).toBe(EACH)
    expect((await rowOf('qwen-max')).tool_calls).toBe(searches)
  })

  it('The bill has the characters of speech.', async () => {
    const characters = named('speech', /"characters":(\d+)/g)
    expect(characters).toBeGreaterThan(0)
    expect((await rowOf('qwen3-tts-flash')).characters).toBe(characters)
  })

  it('The bill has the images.', async () => {
    expect((await rowOf('emo-detect-v1')).images).toBe(EACH)
  })
})
