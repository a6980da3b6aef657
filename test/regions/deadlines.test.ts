import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { SSE, until } from '../harness/caller.ts'
import type { Respond } from '../harness/plain-upstream.ts'
import { useRegions } from './rig.ts'

const rig = useRegions()
const SHORT = { 'x-edge-timeout': '1' }
const FRAME = 'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"output":{"text":"a"}}\n\n'

/** Sends the head of a stream and some pieces, and then nothing. */
function stall(pieces: readonly string[], gapMs = 0, left = () => undefined as unknown): Respond {
  return async (response) => {
    response.on('close', left)
    response.writeHead(200, { 'content-type': 'text/event-stream' })
    response.flushHeaders()
    for (const piece of pieces) {
      response.write(piece)
      await sleep(gapMs)
    }
  }
}

describe('X-Edge-Timeout', () => {
  it.each<[string, Record<string, string>, Respond]>([
    ['without a word', {}, () => undefined],
    ['with a head and no event', SSE, stall([])],
    ['with comments and no event', SSE, stall([': wait\n\n'])],
    [
      'with half an answer',
      {},
      (response) => {
        response.writeHead(200, { 'content-type': 'application/json' }).write('{"output":')
      },
    ],
  ])('A request that DashScope leaves %s ends with one 504.', async (_, headers, respond) => {
    rig.beijing.answer(respond)
    const response = await rig.post({ headers: { ...headers, ...SHORT } })
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({
      code: 'RequestTimeOut',
      message: expect.stringContaining('within 1 second'),
    })
    expect(rig.asked()).toEqual(['beijing'])
  })

  it.each<[string, (left: () => unknown) => Respond]>([
    ['without a word', (left) => (response) => void response.on('close', left)],
    ['with a head and no event', (left) => stall([], 0, left)],
    ['with half an event', (left) => stall(['id:1\nevent:res'], 0, left)],
  ])('An uncounted stream that DashScope leaves %s ends, and so does the upstream call.', async (_, how) => {
    let left = 0
    rig.beijing.answer(how(() => left++))
    const { key } = await rig.gateway.issueKey({ metered: false })
    const response = await rig.post({ key, headers: { ...SSE, ...SHORT } })
    expect(response.status).toBe(504)
    expect(await response.json()).toMatchObject({ code: 'RequestTimeOut' })
    expect(rig.asked()).toEqual(['beijing'])
    await until('the upstream call ends', () => left === 1)
  })

  it('A stream that stalls ends with an error event, and the upstream call ends too.', async () => {
    let left = 0
    rig.beijing.answer(stall([FRAME, FRAME], 0, () => left++))
    const response = await rig.post({ headers: { ...SSE, ...SHORT } })
    expect(response.status).toBe(200)
    const text = await response.text()
    expect(text.startsWith(FRAME + FRAME)).toBe(true)
    expect(text).toMatch(
      /\n\nid:1\nevent:error\n:HTTP_STATUS\/504\ndata:\{"code":"RequestTimeOut".*nothing more for 1 second/,
    )
    await until('the upstream call ends', () => left === 1)
  })

  it('A stream that stalls ends when its time is over, and not at a multiple of it.', async () => {
    rig.beijing.answer(stall([FRAME]))
    const begun = Date.now()
    await (await rig.post({ headers: { ...SSE, 'x-edge-timeout': '2' } })).text()
    const elapsedMs = Date.now() - begun
    expect(elapsedMs).toBeGreaterThanOrEqual(1900)
    expect(elapsedMs).toBeLessThan(3500)
  })

  it('A stream that makes progress may take as long as it likes.', async () => {
    rig.beijing.answer(async (response) => {
      await stall(
        Array.from({ length: 8 }, () => FRAME),
        400,
      )(response, rig.beijing.seen[0] as never)
      response.end()
    })
    const response = await rig.post({ headers: { ...SSE, ...SHORT } })
    expect(await response.text()).toBe(FRAME.repeat(8))
  })

  it.each(['0', 'soon', '3601'])('The value %s is refused before anything goes upstream.', async (value) => {
    const response = await rig.post({ headers: { 'x-edge-timeout': value } })
    expect(response.status).toBe(400)
    expect(await response.text()).toContain('X-Edge-Timeout must be a whole number of seconds from 1 to 3600')
    expect(rig.asked()).toEqual([])
  })
})

describe('a list that is joined from several responses', () => {
  const FILES = '/compatible-mode/v1/files'

  it('The list has the time of one request, and not of one for each response.', async () => {
    let count = 0
    rig.beijing.answer((response, seen) => {
      const send = () => {
        response.writeHead(200, { 'content-type': 'application/json' })
        response.end(JSON.stringify({ id: `file-${seen.method === 'POST' ? count++ : 0}`, object: 'file' }))
      }
      if (seen.method === 'POST') send()
      else setTimeout(send, 600)
    })
    for (let at = 0; at < 14; at++) {
      const body = new FormData()
      body.set('file', new Blob(['x']), `${at}.txt`)
      body.set('purpose', 'file-extract')
      const headers = { authorization: `Bearer ${rig.key}` }
      const made = await fetch(rig.gateway.address + FILES, { method: 'POST', headers, body })
      expect(made.status).toBe(200)
      await made.text()
    }
    const list = await fetch(rig.gateway.address + FILES, {
      headers: { authorization: `Bearer ${rig.key}`, ...SHORT },
    })
    expect(list.status).toBe(504)
    await list.text()
  })
})
