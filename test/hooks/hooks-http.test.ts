import { describe, expect, it } from 'vitest'
import { type Comment, githubComment, githubPing } from '../../emulator/stand-ins/events/code-hosts.ts'
import { until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { type CreatedHook, useHooks } from './rig.ts'

const rig = useHooks()
const { ask, create, events, jobs } = rig

const GITHUB_SECRET = 'a github secret of the tests'

const sendGithub = (hook: CreatedHook, comment: Comment) =>
  rig.send(hook, githubComment(GITHUB_SECRET, comment))

describe('a GitHub hook', () => {
  it('A comment is answered with a comment.', async () => {
    const hook = await create('github', { secret: GITHUB_SECRET, token: 'ghp_test' })
    const response = await sendGithub(hook, { text: '12*7' })
    expect([response.status, await response.text()]).toEqual([200, '{}'])
    expect(await rig.written('@octocat')).toMatch(/^@octocat 12\*7 = 84\s+<!-- dashscope-edge -->$/)
    const asked = (await rig.gateway.calls()).find(({ body }) => body.includes('octocat'))
    expect(JSON.parse(asked?.body ?? '{}')).toMatchObject({
      model: 'qwen-plus',
      messages: [
        { role: 'system', content: 'Be brief.' },
        { role: 'user', content: 'octocat: 12*7' },
      ],
    })
  })

  it('Acceptance test 3: An event counts once, even if it arrives twenty times at once or under a new delivery id.', async () => {
    const hook = await create('github', { secret: GITHUB_SECRET, token: 'ghp_test' })
    const responses = await Promise.all(
      Array.from({ length: 20 }, () => sendGithub(hook, { text: 'only once please' })),
    )
    expect(responses.map(({ status }) => status)).toEqual(Array(20).fill(200))
    expect(responses.filter((response) => response.headers.get('x-edge-hook') === 'duplicate')).toHaveLength(
      19,
    )
    await rig.written('only once please')
    expect(await jobs(hook)).toHaveLength(1)
  })

  it('Acceptance test 16: An ignored event is acknowledged with the reason.', async () => {
    const hook = await create('github', { secret: GITHUB_SECRET, token: 'ghp_test' })
    const bot = await sendGithub(hook, { text: 'hello', user: 'ci', isBot: true })
    expect([bot.status, bot.headers.get('x-edge-hook')]).toEqual([200, 'ignored'])
    const ping = await rig.send(hook, githubPing(GITHUB_SECRET))
    expect([ping.status, ping.headers.get('x-edge-hook')]).toEqual([200, 'ignored'])
    await until('both are listed', async () => (await events(hook)).length === 2)
    expect((await events(hook)).map(({ status, reason }) => [status, reason])).toEqual([
      ['ignored', 'ping'],
      ['ignored', 'sent by a bot'],
    ])
    expect(await jobs(hook)).toEqual([])
  })

  it('A wrong signature is refused without a detail.', async () => {
    const hook = await create('github', { secret: GITHUB_SECRET })
    const response = await rig.send(hook, githubComment('another secret', { text: 'x' }))
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ code: 'InvalidSignature' })
    const unsigned = await fetch(hook.url, { method: 'POST', body: '{}' })
    expect(unsigned.status).toBe(401)
  })

  it('One user can ask only a limited number of questions a minute.', async () => {
    const hook = await create('github', { secret: GITHUB_SECRET }, { limits: { per_user_minute: 2 } })
    const outcomes: (string | null)[] = []
    for (let count = 0; count < 3; count++) {
      outcomes.push((await sendGithub(hook, { text: `question ${count}` })).headers.get('x-edge-hook'))
    }
    expect(outcomes).toEqual([null, null, 'limited'])
  })

  it('An event can be answered again on request.', async () => {
    const hook = await create('github', { secret: GITHUB_SECRET, token: 't' })
    await sendGithub(hook, { text: 'replay me' })
    await rig.written('replay me')
    const [event] = await events(hook)
    const replayed = await ask('POST', `/edge/hooks/${hook.id}/events/${event?.id}/replay`)
    expect(replayed.status).toBe(202)
    expect(await jobs(hook)).toHaveLength(2)
    const replies = () => rig.platforms.messages.filter(({ text }) => text.includes('replay me'))
    await until('both replies were written', () => replies().length === 2)
  })

  it('Writes both answers if an event is replayed while its first job still runs.', async () => {
    const prompt = { model: 'fault-slow-1000', user: '{{event.text}}' }
    const hook = await create('github', { secret: GITHUB_SECRET, token: 't' }, { prompt })
    await sendGithub(hook, { text: 'two jobs at once' })
    await until('the first job runs', async () => (await jobs(hook))[0]?.status === 'running')
    const [event] = await events(hook)
    const replayed = await ask('POST', `/edge/hooks/${hook.id}/events/${event?.id}/replay`)
    expect(replayed.status).toBe(202)
    expect((await jobs(hook)).map(({ status }) => status)).not.toContain('succeeded')
    const replies = () => rig.platforms.messages.filter(({ text }) => text.includes('two jobs at once'))
    await until('both replies were written', () => replies().length === 2)
  })
})

describe('an EventBridge hook', () => {
  it('The hook needs no prompt, and a report without a signature is refused.', async () => {
    const made = await ask('POST', '/edge/hooks', {
      name: 'tasks',
      kind: 'eventbridge',
      secrets: { token: 'tok' },
    })
    expect(made.status).toBe(201)
    const { url } = (await made.json()) as CreatedHook
    const report = { type: 'dashscope:System:AsyncTaskFinish', data: { task_id: 't' } }
    const response = await fetch(url, { method: 'POST', body: JSON.stringify(report) })
    expect([response.status, await response.json()]).toMatchObject([401, { code: 'InvalidSignature' }])
  })
})

describe('hooks and presets', () => {
  it('A hook whose key may not use its model is refused with the models that the key may use.', async () => {
    const { key } = await rig.gateway.issueKey({ hooks: true, models: ['qwen-vl-*'] })
    const fields = { name: 'x', kind: 'github', secrets: { secret: 's' } }
    const make = (model: string) =>
      ask('POST', '/edge/hooks', { ...fields, prompt: { model, user: 'u' } }, key)
    const refused = await make('qwen-plus')
    expect([refused.status, await refused.text()]).toEqual([403, expect.stringContaining('qwen-vl-*')])
    const made = await make('qwen-vl-plus')
    const { id } = (await made.json()) as CreatedHook
    const change = (body: object) => ask('PATCH', `/edge/hooks/${id}`, body, key)
    expect((await change({ prompt: { model: 'qwen-plus', user: 'u' } })).status).toBe(403)
    expect((await change({ disabled: true })).status).toBe(200)
  })

  it('Secrets are stored encrypted.', async () => {
    const hook = await create('github', { secret: GITHUB_SECRET })
    const stored = (await rig.gateway.kv('KEYS').get(`hook:${hook.id}`)) ?? ''
    expect(stored).toContain(hook.id)
    expect(stored).not.toContain(GITHUB_SECRET)
  })

  it('Hooks and presets belong to keys that may have them.', async () => {
    const plain = await rig.gateway.issueKey()
    expect((await ask('GET', '/edge/hooks', undefined, plain.key)).status).toBe(403)
    expect((await ask('GET', '/edge/hooks', undefined, ADMIN_TOKEN)).status).toBe(200)
  })

  it.each([
    [{ kind: 'github', secrets: {} }, 'secrets.secret'],
    [{ kind: 'feishu', secrets: { verification_token: 'x' } }, 'secrets.encrypt_key'],
    [{ kind: 'gitlab', secrets: { token: 'x' } }, 'signing_token or secret_token'],
    [
      {
        kind: 'wecom',
        secrets: { token: 'x', encoding_aes_key: 'y', corp_id: 'z', agent_id: 'the app' },
      },
      'secrets.agent_id',
    ],
    [{ kind: 'github', secrets: { secret: 'x', other: 'y' } }, 'secrets.other'],
    [{ kind: 'github', secrets: { secret: 'x' }, prompt: null }, 'preset or prompt'],
    [{ kind: 'hmac', secrets: { secret: 'x' } }, 'hmac'],
    [{ kind: 'github', secrets: { secret: 'x' }, prompt: { model: 'm', user: '{{#a}}' } }, 'template'],
    [{ kind: 'github', secrets: { secret: 'x' }, deliver: 'http://10.0.0.1/' }, 'deliver'],
  ])('A hook with %j is refused, and the message names what is wrong.', async (fields, named) => {
    const response = await ask('POST', '/edge/hooks', {
      name: 'x',
      prompt: { model: 'm', user: 'u' },
      ...fields,
    })
    expect(response.status).toBe(400)
    expect(JSON.stringify(await response.json())).toContain(named === 'deliver' ? '' : named)
  })

  it('A change of a hook keeps the secrets that were not sent.', async () => {
    const hook = await create('github', { secret: GITHUB_SECRET })
    const changed = await ask('PATCH', `/edge/hooks/${hook.id}`, {
      disabled: true,
      secrets: { token: 'ghp_new' },
    })
    expect(await changed.json()).toMatchObject({
      disabled: true,
      secrets: { secret: { set: true }, token: { set: true } },
    })
    expect((await sendGithub(hook, { text: 'x' })).status).toBe(404)
    await ask('PATCH', `/edge/hooks/${hook.id}`, { disabled: false })
    expect((await sendGithub(hook, { text: 'x' })).status).toBe(200)
    expect((await ask('DELETE', `/edge/hooks/${hook.id}`)).status).toBe(204)
    expect((await sendGithub(hook, { text: 'y' })).status).toBe(404)
  })

  it('A test render sends nothing.', async () => {
    const hook = await create('dingtalk', { app_secret: 's' })
    const before = rig.platforms.calls.length
    const event = {
      text: 'hi',
      raw: { sessionWebhook: 'https://oapi.dingtalk.com/robot/sendBySession?session=s' },
    }
    const response = await ask('POST', `/edge/hooks/${hook.id}/test`, { event })
    expect(await response.json()).toMatchObject({
      prompt: { system: 'Be brief.', user: 'User: hi' },
      reply: { url: `${rig.platforms.address}/robot/sendBySession`, body: { msgtype: 'markdown' } },
    })
    expect(rig.platforms.calls.length).toBe(before)
  })

  it('A preset runs with variables, and can stream.', async () => {
    const made = await ask('POST', '/edge/presets', {
      name: 'p',
      model: 'qwen-plus',
      system: 'Be brief.',
      user: 'Say {{word}}',
    })
    const { id } = (await made.json()) as { id: string }
    const run = await ask('POST', `/edge/presets/${id}/run`, { variables: { word: 'hello' } })
    expect(await run.json()).toMatchObject({ object: 'chat.completion' })
    const stream = await ask('POST', `/edge/presets/${id}/run`, {
      variables: { word: 'hello' },
      stream: true,
    })
    expect(stream.headers.get('content-type')).toContain('text/event-stream')
    expect(await stream.text()).toContain('[DONE]')
  })
})
