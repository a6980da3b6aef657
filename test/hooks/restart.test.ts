import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, inject, it } from 'vitest'
import { sendEvent } from '../../emulator/stand-ins/events/event.ts'
import { feishuMessage } from '../../emulator/stand-ins/events/feishu.ts'
import { openPassiveReply, wecomBotMessage, wecomBotRefresh } from '../../emulator/stand-ins/events/wecom.ts'
import { type Platforms, startPlatforms } from '../../emulator/stand-ins/platforms.ts'
import { json, until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { type KillableGateway, startKillableGateway } from '../harness/killable-gateway.ts'

const FEISHU = { encrypt_key: 'key', verification_token: 'token', app_id: 'cli_1', app_secret: 'secret' }
const BOT = { token: 'tok', encoding_aes_key: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' }

let directory: string
let platforms: Platforms
let gateway: KillableGateway
let keyId: string

beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  platforms = await startPlatforms()
  gateway = await startKillableGateway(inject('gatewayModule'), directory, {
    DASHSCOPE_API_KEY: `sk-${randomUUID()}`,
    DASHSCOPE_BASE_URL: inject('emulatorAddress'),
    ADMIN_TOKEN,
    WEBHOOK_ALLOW_LOOPBACK: 'on',
    REPLY_RETRIES: '1,1',
  })
  keyId = (await json<{ id: string }>(await post('/edge/keys', { name: 'test' }))).id
})
afterAll(async () => {
  await gateway.kill()
  await platforms.stop()
  await rm(directory, { recursive: true, force: true })
})

function post(path: string, body: unknown): Promise<Response> {
  return fetch(gateway.address + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
}

/** The path of a new hook; the address changes with every start. */
async function hookPath(kind: string, secrets: object, model: string): Promise<string> {
  const prompt = { model, user: '{{event.text}}' }
  const reply = { base_url: platforms.address }
  const response = await post('/edge/hooks', { name: kind, kind, key: keyId, secrets, prompt, reply })
  expect(response.status).toBe(201)
  return new URL((await json<{ url: string }>(response)).url).pathname
}

async function restart(): Promise<void> {
  await gateway.kill()
  await gateway.start()
}

it('Acceptance test 3: An event is recognised after a restart, and one of two bots does not hide the other.', async () => {
  const [one, other] = [
    await hookPath('feishu', FEISHU, 'qwen-plus'),
    await hookPath('feishu', FEISHU, 'qwen-plus'),
  ]
  const message = { text: 'only once over a restart', id: 'om_restart' }
  const send = (path: string) => sendEvent(gateway.address + path, feishuMessage(FEISHU, message))
  expect((await send(one)).headers.get('x-edge-hook')).toBeNull()
  // The platform sends it again with another event id.
  expect((await send(one)).headers.get('x-edge-hook')).toBe('duplicate')
  await restart()
  expect((await send(one)).headers.get('x-edge-hook')).toBe('duplicate')
  expect((await send(other)).headers.get('x-edge-hook')).toBeNull()
  const replies = () => platforms.messages.filter(({ text }) => text.includes('over a restart'))
  await until('both bots have replied', () => replies().length === 2)
}, 60_000)

it('Acceptance test 5: An event whose gateway is killed with the acknowledgement is answered after a restart.', async () => {
  const path = await hookPath('feishu', FEISHU, 'qwen-plus')
  const event = feishuMessage(FEISHU, { text: 'killed with the acknowledgement', id: 'om_killed' })
  expect((await sendEvent(gateway.address + path, event)).status).toBe(200)
  await restart()
  // No request wakes the ledger: its own alarm does.
  const replies = () => platforms.messages.filter(({ text }) => text.includes('killed with the'))
  await until('the bot has replied', () => replies().length === 1)
}, 60_000)

it('Acceptance test 15: Another process continues the stream of an AI bot.', async () => {
  const path = await hookPath('wecom-bot', BOT, 'fault-trickle-150')
  const stream = async (event: Parameters<typeof sendEvent>[1]) => {
    const response = await sendEvent(gateway.address + path, event)
    return openPassiveReply(BOT, await response.text()).stream as {
      id: string
      finish: boolean
      content: string
    }
  }
  const text = 'a long question that survives a restart of everything'
  const { id } = await stream(wecomBotMessage(BOT, { text }))
  let sofar = ''
  await until('a part of the answer was shown', async () => {
    sofar = (await stream(wecomBotRefresh(BOT, id))).content
    return sofar !== ''
  })
  await restart()
  const after = await stream(wecomBotRefresh(BOT, id))
  expect(after.content.startsWith(sofar)).toBe(true)
  await until('the stream has ended', async () => {
    const { finish, content } = await stream(wecomBotRefresh(BOT, id))
    expect(content.startsWith(sofar)).toBe(true)
    return finish && content.includes(text)
  }).catch(() => until('the same, for longer', async () => (await stream(wecomBotRefresh(BOT, id))).finish))
}, 60_000)
