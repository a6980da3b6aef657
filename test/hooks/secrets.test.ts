import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { githubComment } from '../../emulator/stand-ins/events/code-hosts.ts'
import { dingtalkMessage } from '../../emulator/stand-ins/events/dingtalk.ts'
import { type OutgoingEvent, sendEvent } from '../../emulator/stand-ins/events/event.ts'
import { feishuMessage } from '../../emulator/stand-ins/events/feishu.ts'
import { slackMention } from '../../emulator/stand-ins/events/slack.ts'
import { wecomBotMessage } from '../../emulator/stand-ins/events/wecom.ts'
import { type Platforms, startPlatforms } from '../../emulator/stand-ins/platforms.ts'
import { HOOK_ADDRESSES } from '../../src/edge/hooks/addresses.ts'
import { JOB_ADDRESSES } from '../../src/edge/jobs/addresses.ts'
import { json, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { type KillableGateway, startKillableGateway } from '../harness/killable-gateway.ts'

const AES_KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'
const apiKey = `sk-${randomUUID()}`

/** Every secret of every kind, so that each one found in an answer or a log is recognised. */
const SECRETS: Record<string, Record<string, string>> = {
  github: { secret: 'secret-of-github-0001', token: 'secret-of-github-0002' },
  slack: { signing_secret: 'secret-of-slack-0003', bot_token: 'secret-of-slack-0004' },
  dingtalk: { app_secret: 'secret-of-dingtalk-0005', app_key: 'secret-of-dingtalk-0006' },
  feishu: {
    encrypt_key: 'secret-of-feishu-0007',
    verification_token: 'secret-of-feishu-0008',
    app_id: 'cli_1',
    app_secret: 'secret-of-feishu-0009',
  },
  'wecom-bot': { token: 'secret-of-wecom-0010', encoding_aes_key: AES_KEY },
  form: { secret: 'secret-of-form-0011' },
}

const secret = (kind: string, name: string) => SECRETS[kind]?.[name] ?? ''
const FEISHU = {
  encrypt_key: secret('feishu', 'encrypt_key'),
  verification_token: secret('feishu', 'verification_token'),
}
const BOT = { token: secret('wecom-bot', 'token'), encoding_aes_key: AES_KEY }

const EVENTS: Record<string, () => OutgoingEvent> = {
  github: () => githubComment(secret('github', 'secret'), { text: 'hello github' }),
  slack: () => slackMention(secret('slack', 'signing_secret'), { text: 'hello slack' }),
  dingtalk: () =>
    dingtalkMessage(secret('dingtalk', 'app_secret'), { text: 'hello dingtalk', isSessionOver: true }),
  feishu: () => feishuMessage(FEISHU, { text: 'hello feishu' }),
  'wecom-bot': () => wecomBotMessage(BOT, { text: 'hello wecom' }),
  form: () => ({
    method: 'POST',
    query: { secret: secret('form', 'secret') },
    headers: { 'content-type': 'application/json' },
    body: '{"text":"hello form"}',
  }),
}

let directory: string
let platforms: Platforms
let gateway: KillableGateway
let key: { id: string; key: string }

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  platforms = await startPlatforms()
  gateway = await startKillableGateway(inject('gatewayModule'), directory, {
    DASHSCOPE_API_KEY: apiKey,
    DASHSCOPE_BASE_URL: inject('emulatorAddress'),
    ADMIN_TOKEN,
    WEBHOOK_ALLOW_LOOPBACK: 'on',
    REPLY_RETRIES: '1',
  })
  key = await json(await ask('POST', '/edge/keys', ADMIN_TOKEN, { name: 'test', hooks: true }))
})
afterAll(async () => {
  await gateway.kill()
  await platforms.stop()
  await rm(directory, { recursive: true, force: true })
})

function ask(method: string, path: string, credential: string, body?: unknown): Promise<Response> {
  return fetch(gateway.address + path, {
    method,
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    ...(body !== undefined && { body: JSON.stringify(body) }),
  })
}

it('Acceptance test 17: No response, list or log line holds a secret.', async () => {
  const texts: string[] = []
  const hooks: { id: string; kind: string; url: string; secrets: Record<string, unknown> }[] = []
  for (const [kind, secrets] of Object.entries(SECRETS)) {
    const prompt = { model: 'qwen-plus', user: '{{event.text}} {{event.raw}}' }
    const reply = { base_url: platforms.address }
    const response = await ask('POST', '/edge/hooks', key.key, { name: kind, kind, secrets, prompt, reply })
    expect(response.status).toBe(201)
    const text = await response.text()
    texts.push(text)
    hooks.push(JSON.parse(text))
  }
  // Refusals and failures are answers and log lines too.
  platforms.next.push({ status: 500, body: {} }, { status: 200, body: { ok: false, error: 'x' } })
  for (const { kind, url } of hooks) {
    texts.push(await (await sendEvent(url, EVENTS[kind]?.() as OutgoingEvent)).text())
    texts.push(await (await fetch(`${url}?secret=wrong`, { method: 'POST', body: '{}' })).text())
  }
  const jobs = async () =>
    (await json<{ data: { id: string; ended_at: unknown }[] }>(await ask('GET', '/edge/jobs', key.key))).data
  await until('all jobs have ended', async () => {
    const all = await jobs()
    return all.length === hooks.length && all.every(({ ended_at }) => ended_at !== null)
  })
  const [job] = await jobs()
  const listed = [...HOOK_ADDRESSES, ...JOB_ADDRESSES]
    .filter(({ methods }) => methods.GET)
    .map(({ path }) => `/edge${path}`)
    .filter(
      (path) => !path.endsWith('/in') && !path.includes('endpoints/:id') && !path.includes('presets/:id'),
    )
  const paths = [
    ...listed.flatMap((path) => {
      const ids = path.includes('/jobs/') ? [job?.id ?? ''] : hooks.map(({ id }) => id)
      return path.includes(':id') ? ids.map((id) => path.replace(':id', id)) : [path]
    }),
    '/edge/requests',
    '/edge/me',
    '/edge/usage',
    '/edge/errors',
  ]
  for (const path of paths) {
    const response = await ask('GET', path, key.key)
    expect([path, response.status]).toEqual([path, 200])
    texts.push(await response.text())
  }
  for (const path of ['/edge/keys', '/edge/hooks', '/edge/health?deep=1', '/edge/metrics']) {
    texts.push(await (await ask('GET', path, ADMIN_TOKEN)).text())
  }
  texts.push(gateway.output())

  const secrets = [
    ...Object.values(SECRETS).flatMap((each) => Object.values(each)),
    apiKey,
    ADMIN_TOKEN,
    key.key,
  ]
  const found = secrets
    .filter((each) => each !== 'cli_1')
    .filter((each) => texts.some((text) => text.includes(each)))
  expect(found).toEqual([])
  // The check would see one.
  expect(texts.some((text) => text.includes('hello github'))).toBe(true)
  expect(gateway.output()).toContain('/edge/hooks')
  expect(hooks.find(({ kind }) => kind === 'github')?.secrets).toEqual({
    secret: { set: true, last4: '0001' },
    token: { set: true, last4: '0002' },
  })
}, 60_000)
