import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { isEvent, isTaskEvent, openSocket, runSynthesis, taskFrame } from './socket.ts'

let gateway: TestGateway

beforeAll(async () => {
  gateway = await startTestGateway()
})
afterAll(() => gateway.stop())

const connect = async (
  path: string,
  fields: Record<string, unknown> = {},
  headers: Record<string, string> = {},
) => {
  const { key } = await gateway.issueKey(fields)
  return openSocket(`${gateway.address}${path}`, { headers: { authorization: `Bearer ${key}`, ...headers } })
}

const inference = (fields?: Record<string, unknown>, headers?: Record<string, string>) =>
  connect('/api-ws/v1/inference', fields, headers)
const realtime = (model: string, fields?: Record<string, unknown>, headers?: Record<string, string>) =>
  connect(`/api-ws/v1/realtime?model=${model}`, fields, headers)

const OMNI = 'qwen3-omni-flash-realtime'

describe('the gateway at /api-ws/v1/inference', () => {
  it('A synthesis is relayed with its audio and its end.', async () => {
    const socket = await inference()
    socket.send(runSynthesis('t1'))
    await socket.until(isTaskEvent('task-started'))
    socket.send(taskFrame('continue-task', 't1', { input: { text: 'Hello.' } }))
    socket.send(taskFrame('finish-task', 't1', { input: {} }))
    expect(await socket.until(isTaskEvent('task-finished'))).toMatchObject({
      payload: { usage: { characters: 6 } },
    })
    expect(socket.binary.reduce((sum, { byteLength }) => sum + byteLength, 0)).toBe(6 * 3200)
    socket.close()
  })

  it('Acceptance test A15: Two tasks run at once, and another one after them.', async () => {
    const socket = await inference()
    for (const id of ['t1', 't2']) socket.send(runSynthesis(id))
    for (const id of ['t1', 't2']) {
      await socket.until(
        (message) => isTaskEvent('task-started')(message) && JSON.stringify(message).includes(id),
      )
      socket.send(taskFrame('finish-task', id, { input: {} }))
    }
    await socket.until(
      (message) => isTaskEvent('task-finished')(message) && JSON.stringify(message).includes('t2'),
    )
    socket.send(runSynthesis('t3'))
    await socket.until(
      (message) => isTaskEvent('task-started')(message) && JSON.stringify(message).includes('t3'),
    )
    socket.close()
  })

  it('Acceptance test A2: A model is refused in-band, and the socket closes a second later.', async () => {
    const socket = await inference({ models: ['qwen*'] })
    socket.send(runSynthesis('t1'))
    const failed = await socket.until(isTaskEvent('task-failed'))
    expect(failed).toMatchObject({ header: { task_id: 't1', error_code: 'Model.AccessDenied' } })
    expect(await socket.closed).toEqual({ code: 1008, reason: 'Model.AccessDenied' })
    expect((await gateway.calls()).filter(({ body }) => body.includes('nothing'))).toEqual([])
  })

  it('Acceptance test A3: When DashScope dies, every open task fails before the socket closes.', async () => {
    const socket = await inference()
    for (const [id, model] of [
      ['t1', 'cosyvoice-v3-flash'],
      ['t2', 'fault-die'],
    ] as const) {
      socket.send(runSynthesis(id, model))
      await socket.until(
        (message) => isTaskEvent('task-started')(message) && JSON.stringify(message).includes(id),
      )
    }
    socket.send(taskFrame('continue-task', 't2', { input: { text: 'Hello.' } }))
    for (const id of ['t1', 't2']) {
      await socket.until(
        (message) => isTaskEvent('task-failed')(message) && JSON.stringify(message).includes(id),
      )
    }
    expect(await socket.closed).toEqual({ code: 1011, reason: 'InternalError.Upstream' })
  })

  it('Acceptance test A8: A repeated key is refused, however it is spelled.', async () => {
    const socket = await inference()
    socket.send(
      '{"header":{"action":"run-task","task_id":"t9"},"payload":{"model":"a","\\u006dodel":"b","input":{}}}',
    )
    expect(await socket.until(isTaskEvent('task-failed'))).toMatchObject({
      header: { task_id: 't9', error_code: 'InvalidParameter' },
    })
    expect(await socket.closed).toMatchObject({ code: 1008 })
  })

  it('A frame for an unknown task is answered, and the socket stays open.', async () => {
    const socket = await inference()
    socket.send(taskFrame('continue-task', 'nonesuch', { input: { text: 'x' } }))
    expect(await socket.until(isTaskEvent('task-failed'))).toMatchObject({ header: { task_id: 'nonesuch' } })
    socket.send(runSynthesis('t1'))
    await socket.until(isTaskEvent('task-started'))
    socket.close()
  })

  it('Acceptance test A13: A frame above the limit ends the session.', async () => {
    const socket = await inference()
    socket.send(`{"pad":"${'x'.repeat(1024 * 1024)}"}`)
    expect(await socket.until(isTaskEvent('task-failed'))).toMatchObject({
      header: { error_code: 'BadRequest.TooLarge' },
    })
    expect(await socket.closed).toMatchObject({ code: 1008 })
  })

  it('Acceptance test A6: Exactly as many tasks start as a limit allows.', async () => {
    const { key } = await gateway.issueKey({ limits: { requests_per_minute: 10 } })
    const sockets = await Promise.all(
      Array.from({ length: 30 }, () =>
        openSocket(`${gateway.address}/api-ws/v1/inference`, { headers: { authorization: `Bearer ${key}` } }),
      ),
    )
    const results = await Promise.all(
      sockets.map(async (socket, index) => {
        socket.send(runSynthesis(`t${index}`))
        const first = await socket.until(
          (message) => isTaskEvent('task-started')(message) || isTaskEvent('task-failed')(message),
        )
        socket.close()
        return isTaskEvent('task-started')(first)
      }),
    )
    expect(results.filter(Boolean)).toHaveLength(10)
  })
})

describe('the gateway at /api-ws/v1/realtime', () => {
  it('A conversation is relayed.', async () => {
    const socket = await realtime(OMNI)
    await socket.until(isEvent('session.created'))
    socket.send({
      type: 'conversation.item.create',
      item: { type: 'message', role: 'user', content: [{ type: 'input_text', text: 'Hi' }] },
    })
    socket.send({ type: 'response.create' })
    expect(await socket.until(isEvent('response.done'))).toMatchObject({ response: { status: 'completed' } })
    socket.close()
  })

  it('The path that OpenAI SDKs derive from their base URL is served.', async () => {
    const socket = await connect(`/compatible-mode/v1/realtime?model=${OMNI}`)
    await socket.until(isEvent('session.created'))
    socket.close()
  })

  it('The gateway configures frozen parts itself and hides the response to its own configuration.', async () => {
    const { key } = await gateway.issueKey()
    const minted = await fetch(`${gateway.address}/edge/tokens`, {
      method: 'POST',
      headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
      body: JSON.stringify({ frozen: { system: 'Be brief.', model: OMNI } }),
    })
    const { token } = (await minted.json()) as { token: string }
    const socket = await openSocket(`${gateway.address}/api-ws/v1/realtime`, {
      protocols: ['realtime', `openai-insecure-api-key.${token}`],
    })
    expect(socket.protocol()).toBe('realtime')
    await socket.until(isEvent('session.created'))
    socket.send({ type: 'session.update', session: { voice: 'Ethan' } })
    const updated = await socket.until((message) => JSON.stringify(message).includes('Ethan'))
    expect(updated).toMatchObject({
      type: 'session.updated',
      session: { instructions: 'Be brief.', voice: 'Ethan' },
    })
    socket.close()
  })

  it('A refused setting is answered with an error event, and the session goes on.', async () => {
    const socket = await realtime(OMNI, { caps: { tools: false } })
    await socket.until(isEvent('session.created'))
    socket.send({ type: 'session.update', session: { tools: [{ type: 'function', name: 'f' }] } })
    expect(await socket.until(isEvent('error'))).toMatchObject({
      error: { type: 'invalid_request_error', code: 'AccessDenied' },
    })
    socket.send({ type: 'session.update', session: { voice: 'Ethan' } })
    await socket.until(isEvent('session.updated'))
    socket.close()
  })

  it.each([
    ['a model that the key may not use', `?model=${OMNI}`, { models: ['other'] }, 'Model.AccessDenied'],
    ['no model', '', {}, 'InvalidParameter'],
    ['two models', `?model=${OMNI}&model=x`, {}, 'InvalidParameter'],
    ['a foreign IP address', `?model=${OMNI}`, { ip_ranges: ['203.0.113.0/24'] }, 'AccessDenied'],
    [
      'an endpoint that the key may not use',
      `?model=${OMNI}`,
      { endpoints: ['chat-completions'] },
      'AccessDenied',
    ],
  ])('Acceptance test A2: A handshake with %s is refused in-band.', async (_, query, fields, code) => {
    const socket = await connect(`/api-ws/v1/realtime${query}`, fields)
    expect(await socket.until(isEvent('error'))).toMatchObject({ error: { code } })
    expect(await socket.closed).toEqual({ code: 1008, reason: code })
  })

  it('A handshake that asks for Batch Chat is refused in-band, since a socket costs the normal price.', async () => {
    const socket = await realtime(OMNI, {}, { 'x-edge-batch': 'chat' })
    const message = 'X-Edge-Batch: the endpoint "realtime" has no Batch Chat; chat-completions has it.'
    expect(await socket.until(isEvent('error'))).toMatchObject({
      error: { code: 'InvalidParameter', message },
    })
    socket.close()
  })

  it("DashScope's own refusal of the upgrade is reported in-band.", async () => {
    const socket = await realtime('fault-upgrade-429')
    expect(await socket.until(isEvent('error'))).toMatchObject({ error: { code: 'Throttling.RateQuota' } })
    expect(await socket.closed).toMatchObject({ code: 1008 })
  })

  it("Acceptance test A11: The gateway's own origin passes, and a foreign one and null are refused.", async () => {
    const own = await realtime(OMNI, {}, { origin: gateway.address })
    await own.until(isEvent('session.created'))
    own.close()
    for (const origin of ['https://foreign.example', 'null']) {
      const socket = await realtime(OMNI, {}, { origin })
      expect(await socket.until(isEvent('error'))).toMatchObject({ error: { code: 'AccessDenied' } })
      await socket.closed
    }
  })

  it('Acceptance test A3: The loss of DashScope is reported before the socket closes.', async () => {
    const socket = await realtime(`fault-close-1011`)
    expect(await socket.until(isEvent('error'))).toMatchObject({ error: { code: 'InternalError.Upstream' } })
    expect(await socket.closed).toMatchObject({ code: 1011 })
  })
})
