import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { githubComment, gitlabNote } from '../../emulator/stand-ins/events/code-hosts.ts'
import { dingtalkMessage } from '../../emulator/stand-ins/events/dingtalk.ts'
import { type OutgoingEvent, sendEvent } from '../../emulator/stand-ins/events/event.ts'
import { feishuMessage } from '../../emulator/stand-ins/events/feishu.ts'
import { slackMention } from '../../emulator/stand-ins/events/slack.ts'
import {
  openPassiveReply,
  wecomBotMessage,
  wecomBotRefresh,
  wecomMessage,
} from '../../emulator/stand-ins/events/wecom.ts'
import { type Receiver, startReceiver } from '../../emulator/stand-ins/receiver.ts'
import { until } from '../harness/caller.ts'
import { ADMIN_TOKEN } from '../harness/gateway.ts'
import { useHooks } from '../hooks/rig.ts'
import { edge } from '../scripts/edge-tool.ts'

const rig = useHooks()

let receiver: Receiver
beforeAll(async () => {
  receiver = await startReceiver()
})
afterAll(() => receiver.stop())

/** Without spaces, which an access token cannot hold. */
const SECRET = 'a-secret-of-the-examples'
const SIGNING_TOKEN = `whsec_${Buffer.from('thirty-two bytes of an example!!').toString('base64')}`
const AES_KEY = 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C'

/** The environment that examples/bots/README.md asks for. */
const SECRETS = {
  ...Object.fromEntries(namesIn().map((name) => [name, SECRET])),
  GITLAB_SIGNING_TOKEN: SIGNING_TOKEN,
  WECOM_AES_KEY: AES_KEY,
  WECOM_BOT_AES_KEY: AES_KEY,
  WECOM_AGENT_ID: '2',
}

const FEISHU = { encrypt_key: SECRET, verification_token: SECRET }
const WECOM = { token: SECRET, encoding_aes_key: AES_KEY, corp_id: SECRET }
const WECOM_BOT = { token: SECRET, encoding_aes_key: AES_KEY }

/** An event of each platform that asks a question, and where the answer must be written. */
const EVENTS: Readonly<Record<string, { ask: (text: string) => OutgoingEvent; place: string }>> = {
  'github.json': { ask: (text) => githubComment(SECRET, { text }), place: '/repos/o/r/issues/3/comments' },
  'gitlab.json': {
    ask: (text) => gitlabNote(SIGNING_TOKEN, { text }),
    place: '/api/v4/projects/5/issues/3/discussions/d1/notes',
  },
  'slack.json': { ask: (text) => slackMention(SECRET, { text }), place: 'C1' },
  'dingtalk.json': { ask: (text) => dingtalkMessage(SECRET, { text }), place: 'session' },
  'feishu.json': { ask: (text) => feishuMessage(FEISHU, { text, id: 'om_1' }), place: 'om_1' },
  'wecom.json': { ask: (text) => wecomMessage(WECOM, text), place: 'ann' },
}

function files(): string[] {
  return readdirSync('examples/bots').filter((file) => file.endsWith('.json'))
}

function namesIn(): string[] {
  const texts = files().map((file) => readFileSync(`examples/bots/${file}`, 'utf8'))
  return texts.flatMap((text) => [...text.matchAll(/"\$(\w+)"/g)].map(([, name = '']) => name))
}

function operate(...args: string[]) {
  return edge({ DASHSCOPE_EDGE_URL: rig.gateway.address, ADMIN_TOKEN, ...SECRETS }, ...args)
}

/** Creates a bot as the README says; returns its address. */
async function create(file: string): Promise<string> {
  const created = await operate('hooks', 'create', '--key', rig.key.id, '--file', `examples/bots/${file}`)
  expect(created).toMatchObject({ code: 0, stderr: '' })
  expect(created.stdout).not.toContain(SECRET)
  const [, address = ''] = /Enter this URL at the platform:\s+(\S+)/.exec(created.stdout) ?? []
  return address
}

/** Creates a bot and replaces the addresses of the outside world by the stand-ins'. */
async function createHere(file: string): Promise<string> {
  const address = await create(file)
  const [, id = ''] = /\/hooks\/(\w+)\/in$/.exec(address) ?? []
  const deliver = `${receiver.address}/${file}`
  const change = file === 'form.json' ? { deliver } : { reply: { base_url: rig.platforms.address } }
  const response = await rig.ask('PATCH', `/edge/hooks/${id}`, change)
  expect([response.status, response.status === 200 ? '' : await response.text()]).toEqual([200, ''])
  return address
}

describe('the bots in examples', () => {
  it.each(Object.entries(EVENTS))(
    'The bot %s writes its response where the question was asked.',
    async (file, { ask, place }) => {
      const address = await createHere(file)
      const question = `What does ${file} say?`
      const response = await sendEvent(address, ask(question))
      expect([response.status, response.headers.get('x-edge-hook')]).toEqual([200, null])
      await rig.written(question)
      const replies = rig.platforms.messages.filter(({ text }) => text.includes(question))
      expect(replies.map((reply) => reply.place)).toEqual([place])
    },
  )

  it('The bot wecom-bot.json shows its response in the stream that WeCom asks for.', async () => {
    const address = await createHere('wecom-bot.json')
    const streamAfter = async (event: OutgoingEvent) => {
      const response = await sendEvent(address, event)
      return openPassiveReply(WECOM_BOT, await response.text()).stream as { id: string; content: string }
    }
    const { id } = await streamAfter(wecomBotMessage(WECOM_BOT, { text: 'What does the bot say?' }))
    await until('the stream shows the answer', async () =>
      (await streamAfter(wecomBotRefresh(WECOM_BOT, id))).content.includes('What does the bot say?'),
    )
  })

  it('The bot form.json delivers its response to the URL in the file.', async () => {
    const address = new URL(await createHere('form.json'))
    address.searchParams.set('secret', SECRET)
    const body = new URLSearchParams({ text: 'Where is my order?' })
    expect((await fetch(address, { method: 'POST', body })).status).toBe(200)
    await until('the answer is delivered', () =>
      receiver.received('/form.json').some((message) => message.body.includes('Where is my order?')),
    )
  })

  it('Every other file is tested here as well.', () => {
    expect(files().sort()).toEqual([...Object.keys(EVENTS), 'wecom-bot.json', 'form.json'].sort())
  })
})
