import { describe, expect, it } from 'vitest'
import { ask, json, pastCache, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { useOwnGateway } from '../harness/use-gateway.ts'

const COMPLETIONS = '/compatible-mode/v1/completions'
const rig = useOwnGateway()

let questions = 0
const body = (more: object = {}) => ({
  model: 'qwen-coder-turbo',
  prompt: `<|fim_prefix|>def number_${++questions}(): ${'return the sum '.repeat(5)}<|fim_suffix|>`,
  ...more,
})

const send = (asked: object, headers = {}, key = rig.key) =>
  ask({ address: rig.gateway.address, key, path: COMPLETIONS, body: asked, headers })

/** The data of a stream's chunks, without `[DONE]`. */
async function chunksOf(response: Response): Promise<Record<string, unknown>[]> {
  const frames = (await response.text()).split('\n\n').filter(Boolean)
  expect(frames.at(-1)).toBe('data: [DONE]')
  return frames.slice(0, -1).map((frame) => JSON.parse(frame.slice('data: '.length)))
}

const textOf = (chunks: Record<string, unknown>[]): string =>
  chunks
    .flatMap(({ choices }) => choices as { text: string }[])
    .map(({ text }) => text)
    .join('')

async function usageOf(id: string): Promise<Record<string, number>> {
  const response = await fetch(`${rig.gateway.address}/edge/usage?key=${id}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  })
  return (await json<{ total: Record<string, number> }>(response)).total
}

describe('a text completion', () => {
  it('The completion is served from the cache as a whole and as a stream.', async () => {
    const asked = body()
    const first = await send(asked)
    expect(first.headers.get('cache-status')).toContain('stored')
    const whole = await json<{ choices: [{ text: string; finish_reason: string }]; usage: object }>(first)
    expect(whole.choices[0].finish_reason).toBe('stop')
    const before = (await rig.gateway.calls()).length
    const again = await send(asked)
    expect(again.headers.get('cache-status')).toContain('hit')
    expect(await again.json()).toEqual(whole)
    const stream = await send({ ...asked, stream: true, stream_options: { include_usage: true } })
    expect(stream.headers.get('cache-status')).toContain('hit')
    const chunks = await chunksOf(stream)
    expect(chunks.length).toBeGreaterThan(2)
    expect(textOf(chunks)).toBe(whole.choices[0].text)
    expect(chunks.at(-1)).toMatchObject({ object: 'text_completion', choices: [], usage: whole.usage })
    expect((await rig.gateway.calls()).length).toBe(before)
  })

  it('A stream is cached as a whole response if the key says so.', async () => {
    const { key } = await rig.gateway.issueKey({ cache: { streams: true } })
    const asked = body()
    const streamed = { ...asked, stream: true, stream_options: { include_usage: true } }
    const chunks = await chunksOf(await send(streamed, {}, key))
    await until('the stream is kept', async () => {
      const kept = await send(asked, { 'cache-control': 'only-if-cached' }, key)
      if (kept.status !== 200) return false
      expect(await kept.json()).toMatchObject({ choices: [{ text: textOf(chunks), finish_reason: 'stop' }] })
      return true
    })
  })

  it('The usage of the last chunk is counted, and hidden from a caller that did not ask for it.', async () => {
    const { id, key } = await rig.gateway.issueKey({ limits: { tokens_per_day: 100_000 } })
    const chunks = await chunksOf(await send(body({ stream: true }), pastCache(key), key))
    expect(chunks.every(({ usage }) => usage === null)).toBe(true)
    expect((await rig.gateway.calls()).at(-1)?.body).toContain('"stream_options":{"include_usage":true}')
    await until('it is counted', async () => (await usageOf(id)).requests === 1)
    const { output_tokens, estimated } = await usageOf(id)
    expect(output_tokens).toBeGreaterThan(0)
    expect(estimated).toBe(0)
  })

  it('The length obeys a cap.', async () => {
    const { key } = await rig.gateway.issueKey({ caps: { max_tokens: 10 } })
    const statuses = await Promise.all(
      [{}, { max_tokens: 11 }, { max_tokens: 10 }].map(
        async (more) => (await send(body(more), pastCache(key), key)).status,
      ),
    )
    expect(statuses).toEqual([403, 403, 200])
  })

  it('A frozen system message is refused, because a completion has no place for it.', async () => {
    const minted = await ask({
      address: rig.gateway.address,
      key: rig.key,
      path: '/edge/tokens',
      body: { frozen: { system: 'Be brief.' } },
    })
    const { token } = await json<{ token: string }>(minted)
    expect((await send(body(), {}, token)).status).toBe(403)
  })

  it.each([
    [{ prompt: undefined }, 'prompt'],
    [{ prompt: 1 }, 'prompt'],
    [{ suffix: [] }, 'suffix'],
    [{ max_tokens: 0 }, 'max_tokens'],
    [{ stream: 'yes' }, 'stream'],
  ])('A completion with %j is refused.', async (more, param) => {
    const response = await send(body(more))
    expect(response.status).toBe(400)
    expect(await response.json()).toMatchObject({ error: { param } })
  })
})

describe('the tokenizer, the decision model and music', () => {
  const post = (path: string, asked: object, headers = {}) =>
    ask({ address: rig.gateway.address, key: rig.key, path, body: asked, headers })

  it('Tokens are counted free of charge.', async () => {
    const { id, key } = await rig.gateway.issueKey({ limits: { money_per_day: 1 } })
    const response = await ask({
      address: rig.gateway.address,
      key,
      path: '/api/v1/tokenizer',
      body: { model: 'text-unpriced', input: { prompt: 'x' } },
    })
    expect(response.status).toBe(404)
    const counted = await ask({
      address: rig.gateway.address,
      key,
      path: '/api/v1/tokenizer',
      body: { model: 'qwen-plus', input: { prompt: 'Whales.' } },
    })
    expect(await counted.json()).toMatchObject({ usage: { input_tokens: 2 } })
    await until('both are counted', async () => (await usageOf(id)).requests === 2)
    expect(await usageOf(id)).toMatchObject({ input_tokens: 0 })
  })

  it('The alias of the decision model goes to its canonical path, and the response is cached.', async () => {
    const asked = {
      model: 'decision-model-preview',
      state: 'The parcel is lost.',
      questions: { route: { type: 'choice', criteria: { refund: 'money back', other: 'all else' } } },
    }
    const first = await post('/api/v1/systemone', asked)
    expect(await first.json()).toMatchObject({ answers: { route: { type: 'choice' } } })
    expect((await rig.gateway.calls()).at(-1)?.path).toBe('/compatible-mode/v1/systemone')
    const second = await post('/compatible-mode/v1/systemone', asked)
    expect(second.headers.get('cache-status')).toContain('hit')
  })

  it.each([
    ['as a whole', {}],
    ['as a stream', { 'x-dashscope-sse': 'enable' }],
  ])('A song is counted in seconds %s', async (_, headers) => {
    const { id, key } = await rig.gateway.issueKey()
    const response = await ask({
      address: rig.gateway.address,
      key,
      path: '/api/v1/services/audio/music/generation',
      body: { model: 'fun-music-v1', input: { prompt: 'a calm song' } },
      headers,
    })
    expect(await response.text()).toContain('"duration":11')
    await until('it is counted', async () => (await usageOf(id)).requests === 1)
    expect(await usageOf(id)).toMatchObject({ seconds: 11 })
  })
})
