import { describe, expect, it } from 'vitest'
import { json, until } from '../../harness/caller.ts'
import { useJobs } from '../../jobs/rig.ts'
import { mintToken, usageReport } from './rig.ts'

const EMBEDDINGS = '/api/v1/services/embeddings/text-embedding/text-embedding'
const IMAGES = '/api/v1/services/aigc/text2image/image-synthesis'
const VIDEOS = '/api/v1/services/aigc/video-generation/video-synthesis'
const TRANSCRIPTS = '/api/v1/services/audio/asr/transcription'
const ASYNC = { 'x-dashscope-async': 'enable' }

const rig = useJobs()

const images = (model: string, n = 3) => ({ model, input: { prompt: 'a dog' }, parameters: { n } })

async function submit(key: string, path: string, body: object, headers = {}): Promise<string> {
  const response = await rig.askAs(key, 'POST', path, body, { ...ASYNC, ...headers })
  expect(response.status).toBe(200)
  return (await json<{ output: { task_id: string } }>(response)).output.task_id
}

/** Looks a task up until it has ended. */
async function awaitTask(key: string, task: string): Promise<string> {
  let status = ''
  await until(`task ${task} has ended`, async () => {
    const looked = await rig.askAs(key, 'GET', `/api/v1/tasks/${task}`)
    status = (await json<{ output: { task_status: string } }>(looked)).output.task_status
    return ['SUCCEEDED', 'FAILED'].includes(status)
  })
  return status
}

/** The usage of the submits of a key; its lookups are requests too. */
async function total(id: string): Promise<Record<string, number>> {
  const { rows } = await usageReport(rig.gateway, `key=${id}&group_by=endpoint`)
  return rows.find(({ endpoint }) => String(endpoint) !== 'task') ?? {}
}

describe('a submitted task', () => {
  it.each([
    [
      'tokens',
      EMBEDDINGS,
      { model: 'text-embedding-async-v2', input: { url: 'https://a.example/b' } },
      { input_tokens: 384, output_tokens: 0 },
    ],
    ['images', IMAGES, images('wanx2.1-t2i-turbo'), { images: 3 }],
    [
      'video seconds',
      VIDEOS,
      { model: 'wan2.5-t2v-preview', input: { prompt: 'a dog' } },
      { video_seconds: 5 },
    ],
    [
      'seconds',
      TRANSCRIPTS,
      { model: 'paraformer-v2', input: { file_urls: ['https://a.example/b.wav'] } },
      { seconds: 9 },
    ],
  ])(
    'A task is charged at its estimate, and with the %s of its result once that is seen.',
    async (_, path, body, used) => {
      const { id, key } = await rig.gateway.issueKey()
      const task = await submit(key, path, body)
      await until('the submit is counted', async () => (await total(id)).requests === 1)
      expect(await total(id)).toMatchObject({ estimated: 1 })
      await awaitTask(key, task)
      await until('the result is counted', async () => (await total(id)).estimated === 0)
      expect(await total(id)).toMatchObject({ requests: 1, ...used })
      // Seen again, it changes nothing.
      await awaitTask(key, task)
      await awaitTask(key, task)
      expect(await total(id)).toMatchObject({ requests: 1, estimated: 0, ...used })
    },
  )

  it('A task is corrected once even if many callers look at the same moment, in the limits of key, user and token.', async () => {
    const limits = { tokens_per_day: 1_000_000 }
    const { id, key } = await rig.gateway.issueKey({ limits, user_limits: limits })
    const token = await mintToken(rig.gateway, key, { user: 'ann', budget: { tokens: 1_000_000 } })
    const body = { model: 'text-embedding-async-v2', input: { url: 'https://a.example/b' } }
    const task = await submit(token, EMBEDDINGS, body)
    await awaitTask(token, task)
    const look = () => rig.askAs(token, 'GET', `/api/v1/tasks/${task}`)
    await Promise.all(Array.from({ length: 20 }, look))
    await until('the result is counted', async () => (await total(id)).estimated === 0)
    expect(await total(id)).toMatchObject({ input_tokens: 384 })
    const me = async (credential: string) =>
      (
        await json<{ limits_left: { name: string; remaining: number }[] }>(
          await rig.askAs(credential, 'GET', '/edge/me'),
        )
      ).limits_left.map(({ name, remaining }) => `${name} ${remaining}`)
    expect(await me(key)).toContain('tokens_per_day 999616')
    expect(await me(token)).toContain('tokens_per_day 999616')
    expect(await me(token)).toContain('budget_tokens 999616')
  })

  it('The cost of a task counts once: the estimate until the result is seen, then the real cost.', async () => {
    const { id, key } = await rig.gateway.issueKey({ limits: { money_per_day: 1000 } })
    const body = { model: 'wan2.5-t2v-preview', input: { prompt: 'a dog' }, parameters: { duration: 10 } }
    const task = await submit(key, VIDEOS, body)
    await until('the submit is counted', async () => (await total(id)).requests === 1)
    const estimated = (await total(id)).money ?? 0
    await awaitTask(key, task)
    await until('the result is counted', async () => (await total(id)).estimated === 0)
    expect(estimated).toBeGreaterThan(0)
    // Ten seconds were asked for; the emulator makes five.
    expect((await total(id)).money).toBeLessThan(estimated)
    expect((await total(id)).money).toBeGreaterThan(0)
  })

  it('A task costs nothing once DashScope says that it failed, and counts as refused.', async () => {
    const { id, key } = await rig.gateway.issueKey()
    const task = await submit(key, IMAGES, images('fault-task-failed'))
    expect(await awaitTask(key, task)).toBe('FAILED')
    await until('both are counted', async () => {
      const { requests, refused } = await total(id)
      return requests === 1 && refused === 1
    })
    expect(await total(id)).toMatchObject({ requests: 1, estimated: 0, images: 0, money: 0 })
  })

  it('The poller settles a task that its caller never looks at.', async () => {
    const { id, key } = await rig.gateway.issueKey()
    const webhook = { 'x-edge-webhook': rig.receiver.address }
    await submit(key, IMAGES, images('wanx2.1-t2i-turbo'), webhook)
    await until('the submit is counted', async () => (await total(id)).requests === 1)
    await until('the poller has seen the result', async () => (await total(id)).estimated === 0)
    expect(await total(id)).toMatchObject({ requests: 1, images: 3 })
  })

  it('A task is settled once even if both the caller and the poller see it.', async () => {
    const { id, key } = await rig.gateway.issueKey()
    const webhook = { 'x-edge-webhook': `${rig.receiver.address}/both` }
    const task = await submit(key, IMAGES, images('wanx2.1-t2i-turbo'), webhook)
    await awaitTask(key, task)
    await until('the poller is done', async () => rig.receiver.received('/both').length > 0)
    await until('the result is counted', async () => (await total(id)).estimated === 0)
    expect(await total(id)).toMatchObject({ requests: 1, images: 3 })
  })

  it('A task is not counted for a key that is not metered.', async () => {
    const { id, key } = await rig.gateway.issueKey({ metered: false })
    await awaitTask(key, await submit(key, IMAGES, images('wanx2.1-t2i-turbo')))
    expect((await usageReport(rig.gateway, `key=${id}`)).total.requests).toBe(0)
  })
})
