import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { nativeBody, SSE, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { events, json, type Respond } from '../harness/plain-upstream.ts'
import { useRegions } from './rig.ts'

const FRAME =
  'id:1\nevent:result\n:HTTP_STATUS/200\ndata:{"output":{"text":"a"},"usage":{"input_tokens":3,"output_tokens":4}}\n\n'

describe('hedging', () => {
  const rig = useRegions({ HEDGE: 'on' })

  /** Never answers, and tells when the gateway goes away. */
  function silent(left: () => void): Respond {
    return (response) => {
      response.on('close', () => {
        if (!response.writableFinished) left()
      })
    }
  }

  async function warmUp(headers: Record<string, string> = {}) {
    rig.beijing.answer(events([FRAME]))
    for (let time = 0; time < 4; time++) await (await rig.post({ headers })).text()
  }

  it.each([
    ['an answer', {}, json('{"output":{"text":"from Singapore"}}')],
    ['a stream', SSE, events([FRAME.replace('"a"', '"from Singapore"')])],
  ])(
    'A second region is asked for %s when the first is slower than usual, and the first is aborted.',
    async (_, headers, respond) => {
      await warmUp(headers)
      let left = 0
      rig.beijing.answer(silent(() => left++))
      rig.singapore.answer(respond)
      const before = rig.asked().length
      const response = await rig.post({ headers })
      expect(await response.text()).toContain('from Singapore')
      expect(rig.asked().slice(before)).toEqual(['beijing', 'singapore'])
      await until('the loser is aborted', () => left === 1)
      expect(response.headers.get('x-edge-attempts')).toMatch(/^2;path="beijing=\w+, singapore=200"$/)
    },
  )

  it('The first request is aborted while the response of the second still flows.', async () => {
    await warmUp(SSE)
    const left = Promise.withResolvers<void>()
    rig.beijing.answer(silent(left.resolve))
    rig.singapore.answer(async (response) => {
      response.writeHead(200, { 'content-type': 'text/event-stream' }).write(FRAME)
      await left.promise
      response.end(FRAME)
    })
    expect(await (await rig.post({ headers: SSE })).text()).toBe(FRAME + FRAME)
  })

  it('The second request is aborted if the first wins, and one response is billed.', async () => {
    const { id, key } = await rig.gateway.issueKey()
    await warmUp(SSE)
    let left = 0
    rig.singapore.answer(silent(() => left++))
    rig.beijing.answer(async (response, seen) => {
      await sleep(600)
      return events([FRAME])(response, seen)
    })
    expect(await (await rig.post({ headers: SSE, key })).text()).toBe(FRAME)
    await until('the loser is aborted', () => left === 1)
    const report = async () => {
      const address = `${rig.gateway.address}/edge/usage?key=${id}`
      return (await fetch(address, { headers: { authorization: `Bearer ${ADMIN_TOKEN}` } })).text()
    }
    await until('the usage is recorded', async () => /"requests":[1-9]/.test(await report()))
    expect(await report()).toMatch(/"requests":1\b/)
  })

  it('One region is asked if it responds in time.', async () => {
    await warmUp()
    expect(rig.asked()).toEqual(['beijing', 'beijing', 'beijing', 'beijing'])
  })

  it('A task is never requested twice.', async () => {
    const body = { model: 'wanx-v1', input: { prompt: 'a cat' } }
    const path = '/api/v1/services/aigc/text2image/image-synthesis'
    const headers = { 'x-dashscope-async': 'enable' }
    rig.beijing.answer(json('{"output":{"task_id":"t-1"}}'))
    for (let time = 0; time < 4; time++) await rig.post({ path, body, headers })
    rig.beijing.answer(async (response, seen) => {
      await sleep(600)
      return json('{"output":{"task_id":"t-2"}}')(response, seen)
    })
    await rig.post({ path, body, headers })
    expect(rig.asked()).not.toContain('singapore')
  })

  it('A pinned key never goes to another region.', async () => {
    const { key } = await rig.gateway.issueKey({ regions: ['beijing'] })
    await warmUp()
    rig.beijing.answer(async (response, seen) => {
      await sleep(600)
      return json('{}')(response, seen)
    })
    expect((await rig.post({ key })).status).toBe(200)
    expect(rig.asked()).not.toContain('singapore')
  })
})

describe('the fastest region', () => {
  const rig = useRegions({ ROUTE: 'fastest' })

  it('The fastest region is asked once both are known, by model.', async () => {
    rig.beijing.answer(async (response, seen) => {
      await sleep(150)
      return json('{}')(response, seen)
    })
    for (let time = 0; time < 12; time++) await rig.post()
    const singapore = rig.asked().filter((id) => id === 'singapore').length
    expect(rig.asked()).toContain('beijing')
    expect(singapore).toBeGreaterThanOrEqual(8)
    const before = rig.asked().length
    // One request in sixty goes to Singapore just to see; three of them in a row do not.
    for (const model of ['a', 'b', 'c']) await rig.post({ body: nativeBody(model, 'hello') })
    expect(rig.asked().slice(before)).toContain('beijing')
  })
})
