import { describe, expect, inject, it } from 'vitest'
import { get, post, readFrames, recording, shapeOf } from './client.ts'

const emulator = inject('emulatorAddress')

/** What today's answers have and the recordings of 2024 lack, seen in the recordings of 2025. */
const ADDED_SINCE = /\.(?:choices\[\]\.index|prompt_tokens_details\.cached_tokens): number$/

function expectSameShape(response: unknown, recorded: unknown, optional: RegExp = ADDED_SINCE): void {
  const [got, wanted] = [shapeOf(response), shapeOf(recorded)]
  expect(wanted.filter((path) => !got.includes(path) && !optional.test(path))).toEqual([])
  expect(got.filter((path) => !wanted.includes(path) && !optional.test(path))).toEqual([])
}

/** Replays a recorded request: path and headers from its head, body from its body. */
function replay(name: string, body = recording(name, 'request.body.json')): Promise<Response> {
  const head = recording(name, 'request.header.txt')
  const path = /^POST (\S+)/m.exec(head)?.[1] ?? '/api/v1/services/aigc/text-generation/generation'
  const headers: Record<string, string> = {}
  if (/^Accept: text\/event-stream/m.test(head)) headers.accept = 'text/event-stream'
  if (/^X-DashScope-Async: enable/m.test(head)) headers['x-dashscope-async'] = 'enable'
  return post(emulator, path, body, headers)
}

describe('shapes of responses', () => {
  it.each([
    'single-generation-text-nosse',
    'single-generation-message-nosse',
    'single-generation-message-search-nosse',
    'single-generation-message-with-tools-nosse',
    'multimodal-generation-vl-nosse',
    'multimodal-generation-vl-video-nosse',
    'multimodal-generation-audio-nosse',
    'text-embedding-nosse',
    'tokenization-nosse',
    'image-synthesis-nosse',
  ])('The response has the shape of the recording %s', async (name) => {
    const response = await replay(name)
    expect(response.status).toBe(200)
    expect(response.headers.get('content-type')).toBe('application/json')
    const body: unknown = await response.json()
    // A search may use plugins or not; the recording predates them in usage.
    const optional = name.includes('search') ? /\.plugins\.|prompt_tokens_details|\.index: / : undefined
    expectSameShape(body, JSON.parse(recording(name, 'response.body.txt')), optional)
    expect(response.headers.get('x-request-id')).toBe((body as { request_id: string }).request_id)
  })
})

describe('framing and shapes of streams', () => {
  it.each([
    'single-generation-text-sse',
    'single-generation-message-sse',
    'single-generation-message-reasoning-sse',
    'single-generation-message-with-tools-sse',
    'multimodal-generation-vl-sse',
    'application-single-generation-text-sse',
  ])('The stream has the shape of the recording %s', async (name) => {
    const response = await replay(name)
    const text = await response.text()
    const recorded = recording(name, 'response.body.txt')
    expect(response.headers.get('content-type')).toBe('text/event-stream;charset=UTF-8')
    const frame = /^id:\d+\nevent:result\n:HTTP_STATUS\/200\ndata:\{[^\n]*\}\n\n$/
    const blocks = text.split(/(?<=\n\n)/)
    expect(blocks.filter((block) => !frame.test(block))).toEqual([])
    // The recorded bytes themselves pass the same test, but for the one final blank line that was added to them.
    expect(recorded.split(/(?<=\n\n)/).filter((block) => block !== '\n' && !frame.test(block))).toEqual([])
    const [got, wanted] = [readFrames(text), readFrames(recorded)]
    expect(got.map(({ id }) => id)).toEqual(got.map((_, index) => String(index + 1)))
    expectSameShape(got[0]?.data, wanted[0]?.data)
    expectSameShape(got.at(-1)?.data, wanted.at(-1)?.data)
    expect(finishes(got.map(({ data }) => data))).toEqual([...Array(got.length - 1).fill('null'), 'stop'])
  })

  it('Uploaded documents are named.', async () => {
    const ids = [await upload('first.txt', 'one two'), await upload('second.txt', 'three')]
    const name = 'conversation-generation-message-with-files-sse'
    const asked = recording(name, 'request.body.json').replace(
      /fileid:\/\/\S+?(?=")/,
      ids.map((id) => `fileid://${id}`).join(','),
    )
    const frames = readFrames(await (await replay(name, asked)).text())
    expectSameShape(frames[0]?.data, readFrames(recording(name, 'response.body.txt'))[0]?.data)
    const said = frames.map(({ data }) => content(data)).join('')
    expect(said).toContain('first.txt has 7 bytes and begins "one two".')
    expect(said).toContain('second.txt has 5 bytes and begins "three".')
  })

  it('Documents that were not uploaded are refused.', async () => {
    const text = await (await replay('conversation-generation-message-with-files-sse')).text()
    expect(text).toMatch(/^id:1\nevent:error\n:HTTP_STATUS\/400\ndata:\{[^\n]*\}\n\n$/)
    expect(text).toContain('Invalid file [id:file-fe-WTTG89tIUTd4ByqP3K48R3bn].')
  })
})

describe('refusals', () => {
  it('A bad parameter gets 400 and JSON.', async () => {
    const response = await replay('parameter-error-nosse')
    expect(response.status).toBe(400)
    const recorded = JSON.parse(recording('parameter-error-nosse', 'response.body.txt'))
    expect(await response.json()).toEqual({ ...recorded, request_id: expect.any(String) })
  })

  it('A bad parameter in a streaming request gets an event in a 200 stream.', async () => {
    // The recorded head is a copy of the other one and lacks the header the call must have had.
    const response = await post(
      emulator,
      '/api/v1/services/aigc/text-generation/generation',
      recording('parameter-error-sse', 'request.body.json'),
      { accept: 'text/event-stream' },
    )
    expect(response.status).toBe(200)
    const masked = (text: string): string => text.trimEnd().replace(/"request_id":"[^"]+"/, '"request_id":""')
    expect(masked(await response.text())).toBe(masked(recording('parameter-error-sse', 'response.body.txt')))
  })

  it('A wrong key gets 401 and JSON.', async () => {
    const response = await post(
      emulator,
      '/api/v1/services/aigc/text-generation/generation',
      recording('auth-error-nosse', 'request.body.json'),
      {},
      'sk-invalid',
    )
    expect(response.status).toBe(401)
    const recorded = JSON.parse(recording('auth-error-nosse', 'response.body.txt'))
    expect(await response.json()).toEqual({ ...recorded, request_id: expect.any(String) })
  })
})

describe('shapes of management responses', () => {
  it('A task is followed from submission to result.', async () => {
    const { output } = (await (await replay('image-synthesis-nosse')).json()) as {
      output: { task_id: string }
    }
    const path = `/api/v1/tasks/${output.task_id}`
    const running = await until(path, 'RUNNING')
    expectSameShape(running, JSON.parse(recording('get-task-running-nosse', 'response.body.txt')))
    const done = await until(path, 'SUCCEEDED')
    expectSameShape(
      done,
      JSON.parse(recording('get-task-image-synthesis-success-nosse', 'response.body.txt')),
    )
    const cancel = await post(emulator, `${path}/cancel`, '')
    expect(cancel.status).toBe(400)
    const refused = JSON.parse(recording('cancel-completed-task-nosse', 'response.body.txt'))
    expect(await cancel.json()).toEqual({ ...refused, request_id: expect.any(String) })
    expectSameShape(
      await get(emulator, '/api/v1/tasks'),
      JSON.parse(recording('list-task-nosse', 'response.body.txt')),
    )
  })

  it('Unknown tasks are answered as recorded.', async () => {
    const recorded = JSON.parse(recording('get-task-unknown-nosse', 'response.body.txt'))
    const response = await get(emulator, '/api/v1/tasks/1111')
    expect(response).toEqual({ ...recorded, request_id: expect.any(String) })
  })

  it('The upload policy leads back to this machine.', async () => {
    const path = '/api/v1/uploads?action=getPolicy&model=qwen-vl-plus'
    const response = (await get(emulator, path)) as { data: { upload_host: string } }
    expectSameShape(response, JSON.parse(recording('get-upload-policy-nosse', 'response.body.txt')))
    expect(response.data.upload_host).toBe(`${emulator}/emulator/uploads`)
  })

  it('A file is accepted as recorded.', async () => {
    const id = await upload('测试.txt', 'seven b')
    const response = await get(emulator, `/compatible-mode/v1/files/${id}`)
    expectSameShape(response, JSON.parse(recording('upload-file-compatible-nosse', 'response.body.txt')))
    expect(response).toMatchObject({ bytes: 7, filename: '测试.txt', status: 'processed' })
    expectSameShape(
      await get(emulator, '/compatible-mode/v1/files'),
      JSON.parse(recording('list-files-compatible-nosse', 'response.body.txt')),
    )
  })
})

async function upload(name: string, text: string): Promise<string> {
  const form = new FormData()
  form.append('file', new Blob([text]), name)
  form.append('purpose', 'file-extract')
  const response = await fetch(`${emulator}/compatible-mode/v1/files`, {
    method: 'POST',
    headers: { authorization: 'Bearer sk-test' },
    body: form,
  })
  return ((await response.json()) as { id: string }).id
}

/** Asks until the task is in that state or beyond it; the test then fails on the shape. */
async function until(path: string, status: string): Promise<unknown> {
  for (let turn = 0; turn < 200; turn++) {
    const response = (await get(emulator, path)) as { output: { task_status: string } }
    if ([status, 'SUCCEEDED', 'FAILED'].includes(response.output.task_status)) return response
    await new Promise((resolve) => setTimeout(resolve, 5))
  }
  throw new Error(`The task never became ${status}.`)
}

interface Output {
  output: { finish_reason?: string; choices?: { finish_reason: string; message: { content: string } }[] }
}

function finishes(frames: unknown[]): (string | undefined)[] {
  return frames.map((frame) => {
    const { output } = frame as Output
    return output.choices?.[0]?.finish_reason ?? output.finish_reason
  })
}

function content(frame: unknown): string {
  return (frame as Output).output.choices?.[0]?.message.content ?? ''
}
