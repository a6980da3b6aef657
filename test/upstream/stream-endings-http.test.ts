import { once } from 'node:events'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import {
  ask,
  CHAT,
  chatBody,
  MESSAGES,
  messagesBody,
  nativeBody,
  SSE,
  TEXT,
  until,
} from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { events, type PlainUpstream, type Respond, startPlainUpstream } from '../harness/plain-upstream.ts'

let upstream: PlainUpstream
let gateway: TestGateway
beforeAll(async () => {
  upstream = await startPlainUpstream()
  gateway = await startTestGateway({ DASHSCOPE_BASE_URL: upstream.address })
})
afterAll(async () => {
  await gateway.stop()
  await upstream.stop()
})

const DIALECTS = [
  {
    dialect: 'native',
    path: TEXT,
    headers: SSE,
    body: nativeBody('qwen-plus', 'hi', { incremental_output: true }),
  },
  { dialect: 'compatible', path: CHAT, headers: {}, body: chatBody('qwen-plus', 'hi', { stream: true }) },
  {
    dialect: 'anthropic',
    path: MESSAGES,
    headers: {},
    body: messagesBody('qwen-plus', 'hi', { stream: true }),
  },
]

const FRAME: Record<string, string> = {
  native:
    'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"output":{"choices":[{"message":{"content":"a"}}]}}\n\n',
  compatible: 'data: {"choices":[{"index":0,"delta":{"content":"a"}}]}\n\n',
  anthropic:
    'event: content_block_delta\ndata: {"type":"content_block_delta","index":0,"delta":{"text":"a"}}\n\n',
}

/** Reads a body as far as it comes. */
async function readAll(response: Response): Promise<{ text: string; wasCut: boolean }> {
  let text = ''
  try {
    for await (const piece of response.body ?? []) text += Buffer.from(piece).toString()
    return { text, wasCut: false }
  } catch {
    return { text, wasCut: true }
  }
}

/** Sends text and breaks the connection. */
function cutAfter(text: string): Respond {
  return async (response) => {
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.write(text, () => setTimeout(() => response.destroy(), 30))
    await once(response, 'close')
  }
}

async function rowsOf(path: string): Promise<Record<string, unknown>[]> {
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
  const response = await fetch(`${gateway.address}/edge/${path}`, { headers })
  return ((await response.json()) as { rows: Record<string, unknown>[] }).rows
}

async function usageOf(id: string): Promise<Record<string, unknown>> {
  return (await rowsOf(`usage?key=${id}`))[0] ?? {}
}

describe.each(DIALECTS)('a $dialect stream', ({ dialect, path, headers, body }) => {
  const frame = FRAME[dialect] ?? ''
  const send = (key: string) => ask({ address: gateway.address, key, path, headers, body })

  it('A stream that breaks in the middle of a line is cut, and gets no error event after half a line.', async () => {
    upstream.answer(cutAfter(`${frame}${frame.slice(0, -20)}`))
    const { key } = await gateway.issueKey()
    const { text, wasCut } = await readAll(await send(key))
    expect(text).toBe(`${frame}${frame.slice(0, -20)}`)
    expect(wasCut).toBe(true)
  })

  it('A stream that breaks between two lines ends with an error event.', async () => {
    upstream.answer(cutAfter(frame))
    const { key } = await gateway.issueKey()
    const { text, wasCut } = await readAll(await send(key))
    expect(text.startsWith(`${frame}\n\n`)).toBe(true)
    expect(text).toMatch(/upstream|api_error|Upstream/)
    expect(wasCut).toBe(false)
  })

  it('A broken stream is cut if it is not watched.', async () => {
    upstream.answer(cutAfter(frame))
    const { key } = await gateway.issueKey({ metered: false })
    expect(await readAll(await send(key))).toEqual({ text: frame, wasCut: true })
  })

  it('A stream that DashScope ends with an error event counts as broken.', async () => {
    const error: Record<string, string> = {
      native: 'id:2\nevent:error\n:HTTP_STATUS/429\ndata:{"code":"Throttling","message":"quota"}\n\n',
      compatible: 'data: {"error":{"code":"insufficient_quota","message":"quota"}}\n\ndata: [DONE]\n\n',
      anthropic:
        'event: error\ndata: {"type":"error","error":{"type":"overloaded_error","message":"busy"}}\n\n',
    }
    upstream.answer(events([frame, error[dialect] ?? '']))
    const { id, key } = await gateway.issueKey()
    const { text } = await readAll(await send(key))
    expect(text).toBe(frame + error[dialect])
    await until('the usage is recorded', async () => (await usageOf(id)).requests === 1)
    expect(await usageOf(id)).toMatchObject({ requests: 1, broken: 1 })
    const code = { native: 'Throttling', compatible: 'insufficient_quota', anthropic: 'overloaded_error' }[
      dialect
    ]
    expect(await rowsOf(`requests?key=${id}`)).toMatchObject([{ ending: 'broken', code }])
    expect(await rowsOf(`errors?key=${id}&group_by=code`)).toMatchObject([{ code, requests: 1 }])
  })

  it('A stream that DashScope calls partial counts as broken.', async () => {
    upstream.answer(events([frame], { 'x-dashscope-partialresponse': 'true' }))
    const { id, key } = await gateway.issueKey()
    const response = await send(key)
    expect(response.headers.get('x-dashscope-partialresponse')).toBe('true')
    expect(await response.text()).toBe(frame)
    await until('the usage is recorded', async () => (await usageOf(id)).requests === 1)
    expect(await usageOf(id)).toMatchObject({ requests: 1, broken: 1 })
  })
})
