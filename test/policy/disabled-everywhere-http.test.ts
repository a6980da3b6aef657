import { setTimeout } from 'node:timers/promises'
import { describe, expect, it } from 'vitest'
import { githubComment } from '../../emulator/stand-ins/events/code-hosts.ts'
import { sendEvent } from '../../emulator/stand-ins/events/event.ts'
import { CHAT, chatBody, json, MESSAGES, messagesBody, nativeBody, TEXT } from '../harness/caller.ts'
import { ASYNC, OPERATOR, useJobs } from '../jobs/rig.ts'
import {
  isEvent,
  isTaskEvent,
  openSocket,
  runSynthesis,
  type TestSocket,
  taskFrame,
} from '../realtime/socket.ts'

const V1 = '/compatible-mode/v1'
const rig = useJobs({ REALTIME_SLICE_SECONDS: '1' })

const SPEECH = taskFrame('continue-task', 't1', { input: { text: 'Hello. ' } })

interface Disabled {
  id: string
  key: string
  token: string
}

/** A key with a session token, disabled after some work with it. */
async function disabledAfter(work: (key: string, id: string) => Promise<unknown>): Promise<Disabled> {
  const { id, key } = await rig.gateway.issueKey({ hooks: true })
  const minted = await rig.askAs(key, 'POST', '/edge/tokens', {})
  const { token } = await json<{ token: string }>(minted)
  await work(key, id)
  const change = await rig.askAs(OPERATOR, 'PATCH', `/edge/keys/${id}`, { disabled: true })
  expect(change.status).toBe(200)
  return { id, key, token }
}

const connect = (path: string, key: string) =>
  openSocket(rig.gateway.address + path, { headers: { authorization: `Bearer ${key}` } })

describe('a disabled key and its session tokens', () => {
  it('Every address refuses both with 401.', async () => {
    let preset = ''
    const { key, token } = await disabledAfter(async (own) => {
      const made = await rig.askAs(own, 'POST', '/edge/presets', { name: 'p', model: 'qwen-plus', user: 'u' })
      preset = (await json<{ id: string }>(made)).id
    })
    const requests: [string, string, unknown?][] = [
      ['POST', TEXT, nativeBody('qwen-plus', 'a')],
      ['POST', CHAT, chatBody('qwen-plus', 'a')],
      ['POST', MESSAGES, messagesBody('qwen-plus', 'a')],
      ['POST', `${V1}/responses`, { model: 'qwen-plus', input: 'a' }],
      ['POST', `${V1}/images/generations`, { model: 'qwen-image', prompt: 'a' }],
      ['POST', `${V1}/audio/speech`, { model: 'qwen3-tts-flash', voice: 'Cherry', input: 'a' }],
      ['GET', `${V1}/models`],
      ['GET', '/api/v1/tasks'],
      ['POST', '/edge/tokens', {}],
      ['POST', '/edge/jobs', { request: { path: CHAT, body: chatBody('qwen-plus', 'a') } }],
      ['POST', `/edge/presets/${preset}/run`, {}],
      ['GET', '/edge/jobs'],
      ['GET', '/edge/me'],
      ['GET', '/edge/usage'],
      ['GET', '/edge/requests'],
      ['GET', '/edge/hooks'],
    ]
    const responses: unknown[] = []
    for (const credential of [key, token]) {
      for (const [method, path, body] of requests) {
        // No token mints another one, whatever its key.
        if (credential === token && path === '/edge/tokens') continue
        responses.push([path, (await rig.askAs(credential, method, path, body)).status])
      }
    }
    expect(responses.filter((each) => !Array.isArray(each) || each[1] !== 401)).toEqual([])
  })

  it('A job that was accepted before runs to its end.', async () => {
    let job = ''
    const { id } = await disabledAfter(async (key) => {
      const made = await rig.askAs(key, 'POST', CHAT, chatBody('qwen-plus', 'accepted'), ASYNC)
      job = (await json<{ id: string }>(made)).id
    })
    const read = async () =>
      json<{ status: string }>(await rig.askAs(OPERATOR, 'GET', `/edge/jobs/${job}?key=${id}`))
    await expect.poll(async () => (await read()).status, { timeout: 40_000 }).toBe('succeeded')
  })

  it('An open session and an open task end in-band, and a new connection is refused.', async () => {
    const sockets: TestSocket[] = []
    let speaking: NodeJS.Timeout | undefined
    const { key } = await disabledAfter(async (own) => {
      const session = await connect('/api-ws/v1/realtime?model=qwen3-omni-flash-realtime', own)
      const task = await connect('/api-ws/v1/inference', own)
      await session.until(isEvent('session.created'))
      task.send(runSynthesis('t1'))
      await task.until(isTaskEvent('task-started'))
      // DashScope ends a task in which nothing is said.
      speaking = setInterval(() => task.send(SPEECH), 200)
      sockets.push(session, task)
    })
    const [session, task] = sockets
    expect(await session?.until(isEvent('error'))).toMatchObject({ error: { code: 'InvalidApiKey' } })
    expect(await task?.until(isTaskEvent('task-failed'))).toMatchObject({
      header: { task_id: 't1', error_code: 'InvalidApiKey' },
    })
    clearInterval(speaking)
    await expect(connect('/api-ws/v1/inference', key)).rejects.toThrow('refused')
  })
})

describe('an event of a hook whose key may not be used any more', () => {
  it.each<[string, () => object]>([
    ['is disabled', () => ({ disabled: true })],
    ['has expired', () => ({ expires_at: new Date(Date.now() + 3000).toISOString() })],
  ])('The key %s: the event gets no job, and the list of events says why.', async (reason, changes) => {
    const { id, key } = await rig.gateway.issueKey({ hooks: true })
    const made = await rig.askAs(key, 'POST', '/edge/hooks', {
      name: 'h',
      kind: 'github',
      secrets: { secret: 's' },
      prompt: { model: 'qwen-plus', user: '{{event.text}}' },
    })
    const hook = await json<{ id: string; url: string }>(made)
    const change = changes()
    expect((await rig.askAs(OPERATOR, 'PATCH', `/edge/keys/${id}`, change)).status).toBe(200)
    if ('expires_at' in change) await setTimeout(3000)
    await sendEvent(hook.url, githubComment('s', { user: 'ann', text: 'hello' }))
    const events = async () =>
      json<{ data: object[] }>(await rig.askAs(OPERATOR, 'GET', `/edge/hooks/${hook.id}/events`))
    await expect
      .poll(async () => (await events()).data, { timeout: 40_000 })
      .toMatchObject([{ job: null, status: 'invalid', reason: `the key of the hook ${reason}` }])
  })
})
