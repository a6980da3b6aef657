import { describe, expect, inject, it } from 'vitest'
import { get, post, TEXT } from './client.ts'

const emulator = inject('emulatorAddress')

const USER = [{ role: 'user', content: 'hello' }]
const ask = (parameters: unknown, model = 'qwen-plus', input: unknown = { messages: USER }): unknown => ({
  model,
  input,
  parameters,
})

describe('the async header', () => {
  const ASYNC = { 'x-dashscope-async': 'enable' }
  it.each([
    [TEXT, 'qwen-max', ASYNC, 'does not support asynchronous calls.'],
    ['/api/v1/services/embeddings/text-embedding/text-embedding', 'text-embedding-v4', ASYNC, 'asynchronous'],
    [
      '/api/v1/services/aigc/text2image/image-synthesis',
      'wanx-v1',
      {},
      'does not support synchronous calls.',
    ],
  ])('At %s for %s, the header %j is refused.', async (path, model, headers, says) => {
    const response = await post(emulator, path, ask({}, model), headers)
    expect(response.status).toBe(403)
    expect(await response.json()).toMatchObject({
      code: 'AccessDenied',
      message: expect.stringContaining(says),
    })
  })

  it.each([
    'aigc/text2image/image-synthesis',
    'aigc/image2image/image-synthesis',
    'aigc/image-generation/generation',
    'aigc/background-generation/generation/',
    'aigc/video-generation/video-synthesis',
    'aigc/image2video/video-synthesis',
    'audio/asr/transcription',
  ])('A task is submitted at %s', async (path) => {
    const response = await post(emulator, `/api/v1/services/${path}`, ask({}, 'wanx-v1'), ASYNC)
    expect(await response.json()).toMatchObject({ output: { task_status: 'PENDING' } })
  })

  it('A waiting task can be cancelled, and a task that is meant to fail fails.', async () => {
    const path = '/api/v1/services/embeddings/text-embedding/text-embedding'
    const submit = async (fault: string): Promise<string> => {
      const headers = { ...ASYNC, 'x-emulator-fault': fault }
      const response = await post(emulator, path, ask({}, 'text-embedding-async-v2', { url: 'a' }), headers)
      return ((await response.json()) as { output: { task_id: string } }).output.task_id
    }
    const waiting = await submit('task-pending-60000')
    expect((await post(emulator, `/api/v1/tasks/${waiting}/cancel`, '')).status).toBe(200)
    const canceled = await get(emulator, `/api/v1/tasks/${waiting}`)
    expect(canceled).toMatchObject({ output: { task_status: 'CANCELED' } })
    const failing = await submit('task-failed')
    await expect
      .poll(() => get(emulator, `/api/v1/tasks/${failing}`))
      .toMatchObject({ output: { task_status: 'FAILED', code: 'InternalError.Timeout' } })
  })
})
