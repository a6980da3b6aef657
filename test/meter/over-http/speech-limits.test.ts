import { afterAll, beforeAll, expect, it } from 'vitest'
import { CHAT, chatBody, until } from '../../harness/caller.ts'
import { startTestGateway, type TestGateway } from '../../harness/gateway.ts'
import { askWhole, type Read, usageReport } from './rig.ts'

const MULTIMODAL = '/api/v1/services/aigc/multimodal-generation/generation'
const SPEECH = '/compatible-mode/v1/audio/speech'
const TRANSCRIPTION = '/api/v1/services/audio/asr/transcription'

let gateway: TestGateway
beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

function ask(key: string, path: string, body: object, headers = {}): Promise<Read> {
  const fresh = { 'cache-control': 'no-store', ...headers }
  return askWhole({ address: gateway.address, key, path, body, headers: fresh })
}

async function remaining(key: string, name: string): Promise<number | undefined> {
  const response = await fetch(`${gateway.address}/edge/me`, { headers: { authorization: `Bearer ${key}` } })
  const { limits_left } = (await response.json()) as { limits_left: { name: string; remaining: number }[] }
  return limits_left.find((limit) => limit.name === name)?.remaining
}

it('Characters of a day bound native and translated speech exactly, and leave chat alone.', async () => {
  const { id, key } = await gateway.issueKey({ limits: { characters_per_day: 10 } })
  const native = (text: string) => ({ model: 'qwen3-tts-flash', input: { text, voice: 'Cherry' } })
  const translated = (input: string) => ({ model: 'cosyvoice-v3-flash', input, voice: 'longanyang' })
  expect((await ask(key, MULTIMODAL, native('x'.repeat(11)))).text).toContain(
    'This request alone may use 11 characters, more than the limit of 10',
  )
  expect((await ask(key, MULTIMODAL, native('Hello'))).status).toBe(200)
  await until('it is settled', async () => (await usageReport(gateway, `key=${id}`)).total.requests === 1)
  expect(await remaining(key, 'characters_per_day')).toBe(5)
  const refused = await ask(key, SPEECH, translated('Hello!'))
  expect(refused.status).toBe(429)
  expect(refused.text).toContain('characters of speech a day (characters_per_day) is reached')
  expect((await ask(key, SPEECH, translated('Hello'))).status).toBe(200)
  await until('it is settled', async () => (await remaining(key, 'characters_per_day')) === 0)
  expect((await ask(key, MULTIMODAL, native('x'))).status).toBe(429)
  expect((await ask(key, CHAT, chatBody('qwen-plus', 'Hello'))).status).toBe(200)
})

it('Seconds of a day are reserved for the longest recording until its task is settled.', async () => {
  const { key } = await gateway.issueKey({ limits: { audio_seconds_per_day: 600 } })
  const body = { model: 'paraformer-v2', input: { file_urls: ['https://a.example/speech.wav'] } }
  const asTask = { 'x-dashscope-async': 'enable' }
  const submitted = await ask(key, TRANSCRIPTION, body, asTask)
  expect(submitted.status).toBe(200)
  expect(await remaining(key, 'audio_seconds_per_day')).toBe(0)
  expect((await ask(key, TRANSCRIPTION, body, asTask)).status).toBe(429)
  const { task_id } = (JSON.parse(submitted.text) as { output: { task_id: string } }).output
  await until('the task has succeeded', async () => {
    const headers = { authorization: `Bearer ${key}` }
    const looked = await fetch(`${gateway.address}/api/v1/tasks/${task_id}`, { headers })
    return (await looked.text()).includes('"task_status":"SUCCEEDED"')
  })
  await until('it is settled', async () => ((await remaining(key, 'audio_seconds_per_day')) ?? 0) > 500)
  expect((await ask(key, TRANSCRIPTION, body, asTask)).status).toBe(200)
})
