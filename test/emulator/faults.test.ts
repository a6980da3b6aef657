import { request } from 'node:http'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { get, post, readFrames, STREAM, TEXT } from './client.ts'
import { anthropic, chat, native } from './fault-requests.ts'
import { type RunningFront, startFront } from './front.ts'

const emulator = inject('emulatorAddress')
let front: RunningFront
beforeAll(async () => {
  front = await startFront(emulator)
})
afterAll(() => front.stop())

/** Reads as far as it goes: what came, and whether the connection broke. */
async function readAll(response: Response): Promise<{ text: string; broke: boolean }> {
  const decoder = new TextDecoder()
  let text = ''
  try {
    for await (const bytes of response.body ?? []) text += decoder.decode(bytes, { stream: true })
    return { text, broke: false }
  } catch {
    return { text, broke: true }
  }
}

describe('errors', () => {
  it('Errors have the status, the code and a Retry-After, in the dialect of the path.', async () => {
    const response = await native('status-429-Throttling.RateQuota-retry-7')
    expect([response.status, response.headers.get('retry-after')]).toEqual([429, '7'])
    expect(await response.json()).toMatchObject({ code: 'Throttling.RateQuota' })
    const compatible = await chat('status-429-Throttling.AllocationQuota')
    expect(await compatible.json()).toMatchObject({ error: { code: 'insufficient_quota', param: null } })
    const message = await anthropic('status-500-InternalError')
    expect(message.status).toBe(500)
    expect(await message.json()).toMatchObject({ type: 'error', error: { type: 'api_error' } })
  })

  it.each([520, 524, 530])(
    'platform-%i is what Cloudflare says of an origin that it cannot reach.',
    async (status) => {
      for (const response of [await native(`platform-${status}`), await chat(`platform-${status}`)]) {
        expect([response.status, response.headers.get('content-type')]).toEqual([
          status,
          'text/plain; charset=UTF-8',
        ])
        expect(await response.text()).toBe(`error code: ${status}`)
      }
    },
  )

  it('bodiless-404 has no body, in each dialect.', async () => {
    for (const response of [
      await native('bodiless-404'),
      await chat('bodiless-404'),
      await anthropic('bodiless-404'),
    ])
      expect([response.status, await response.text()]).toEqual([404, ''])
  })

  it.each([
    ['first-event-429-Throttling', 0],
    ['mid-stream-429-Throttling', 3],
  ])('%s ends the stream with an error after %i frames, in each dialect.', async (fault, before) => {
    const frames = readFrames(await (await native(fault)).text())
    expect(frames).toHaveLength(before + 1)
    expect(frames.at(-1)).toMatchObject({
      id: String(before + 1),
      event: 'error',
      comments: [':HTTP_STATUS/429'],
      data: { code: 'Throttling' },
    })
    const chunks = readFrames(await (await chat(fault)).text())
    expect(chunks).toHaveLength(before + 1)
    expect(chunks.at(-1)?.data).toMatchObject({ error: { code: 'limit_requests' } })
    const events = readFrames(await (await anthropic(fault)).text())
    expect(events).toHaveLength(before + 1)
    expect(events.at(-1)).toMatchObject({ event: 'error', data: { error: { type: 'rate_limit_error' } } })
  })

  it('The status comment can be omitted.', async () => {
    const frames = readFrames(await (await native('first-event-nostatus-InternalError')).text())
    expect(frames).toMatchObject([{ event: 'error', comments: [], data: { code: 'InternalError' } }])
  })

  it.each([
    ['sse-error-json-503', 'application/json'],
    ['sse-error-503', 'text/event-stream;charset=UTF-8'],
  ])('%s frames an error as an event under its own status.', async (fault, type) => {
    const response = await native(fault)
    expect([response.status, response.headers.get('content-type')]).toEqual([503, type])
    expect(await response.text()).toMatch(/^id:1\nevent:error\n:HTTP_STATUS\/503\ndata:\{.*\}\n\n$/)
  })

  it('An unknown fault is named.', async () => {
    expect(await (await native('bogus')).json()).toMatchObject({
      message: expect.stringContaining('"bogus"'),
    })
  })

  it('A fault can strike once for each account.', async () => {
    const fault = 'once-status-503-ModelUnavailable'
    const statuses = []
    for (const key of ['sk-first', 'sk-first', 'sk-second']) statuses.push((await native(fault, key)).status)
    expect(statuses).toEqual([503, 200, 503])
  })
})

describe('broken connections', () => {
  it('A connection can break within the fourth frame.', async () => {
    const { text, broke } = await readAll(await native('cut'))
    expect(broke).toBe(true)
    expect(text.split('\n\n')).toHaveLength(4)
    expect(text.endsWith('\n\n')).toBe(false)
  })

  it('A connection can break after the third frame.', async () => {
    const { text, broke } = await readAll(await native('cut-between'))
    expect(broke).toBe(true)
    expect(readFrames(text).map(({ id }) => id)).toEqual(['1', '2', '3'])
    expect(text.endsWith('\n\n')).toBe(true)
  })

  it('A connection can break within a non-streaming body.', async () => {
    const response = await post(emulator, TEXT, { model: 'fault-cut', input: { prompt: 'hi' } }, {}, 'sk-cut')
    const { text, broke } = await readAll(response)
    expect(broke).toBe(true)
    expect(() => JSON.parse(text)).toThrow()
    expect(await get(emulator, '/emulator/calls', 'sk-cut')).toMatchObject([{ outcome: 'cut' }])
  })
})

describe('silence', () => {
  it.each([
    ['stall', 0],
    ['stall-stream', 2],
    ['slow-60000', 0],
  ])('%s lasts until the caller leaves, and the log shows it.', async (fault, frames) => {
    const key = `sk-${fault}`
    const left = new AbortController()
    const { hostname, port } = new URL(front.address)
    const headers = { authorization: `Bearer ${key}`, ...STREAM }
    const call = request({ hostname, port, method: 'POST', path: TEXT, headers, signal: left.signal })
    call.on('error', () => undefined)
    call.end(JSON.stringify({ model: `fault-${fault}`, input: { prompt: 'hello' } }))
    await logged(key, (entry) => entry.frames === frames)
    left.abort()
    const entry = await logged(key, ({ outcome }) => outcome !== 'open')
    expect(entry).toMatchObject({ outcome: 'left', frames })
  })
})

interface Entry {
  outcome: string
  frames: number
}

/** Asks for the log of a key until its only entry is as wanted. */
async function logged(key: string, wanted: (entry: Entry) => boolean): Promise<Entry> {
  for (let turn = 0; turn < 200; turn++) {
    const [entry] = (await get(emulator, '/emulator/calls', key)) as Entry[]
    if (entry !== undefined && wanted(entry)) return entry
    await new Promise((resolve) => setTimeout(resolve, 10))
  }
  throw new Error(`The call log of ${key} never came to what was wanted.`)
}
