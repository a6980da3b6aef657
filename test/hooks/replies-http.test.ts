import { describe, expect, it } from 'vitest'
import { githubComment, gitlabNote } from '../../emulator/stand-ins/events/code-hosts.ts'
import { dingtalkMessage } from '../../emulator/stand-ins/events/dingtalk.ts'
import type { OutgoingEvent } from '../../emulator/stand-ins/events/event.ts'
import { feishuMessage } from '../../emulator/stand-ins/events/feishu.ts'
import { slackMention } from '../../emulator/stand-ins/events/slack.ts'
import { wecomMessage } from '../../emulator/stand-ins/events/wecom.ts'
import { until } from '../harness/caller.ts'
import { useHooks } from './rig.ts'

const rig = useHooks()

const GITLAB = 'whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q='
const DINGTALK = { app_secret: 'a dingtalk secret', app_key: 'key1' }
const FEISHU = { encrypt_key: 'key', verification_token: 'token', app_id: 'cli_1', app_secret: 'secret' }
const WECOM = {
  token: 'tok',
  encoding_aes_key: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
  corp_id: 'ww1',
  corp_secret: 'corp secret',
  agent_id: '2',
}
const PROMPT = { model: 'qwen-plus', user: '{{event.text}}' }

/** The id of a Feishu message, by which the platform and the gateway know it again. */
const idOf = (text: string) => `om_${text.replaceAll(' ', '-')}`

/** How each platform is spoken to: a hook, an event that asks a question, and where the reply must be. */
const CONVERSATIONS: [string, string, Record<string, string>, (question: string) => OutgoingEvent, string][] =
  [
    [
      'GitHub',
      'github',
      { secret: 's', token: 'ghp' },
      (text) => githubComment('s', { text }),
      '/repos/o/r/issues/3/comments',
    ],
    [
      'GitLab',
      'gitlab',
      { signing_token: GITLAB, token: 'glpat' },
      (text) => gitlabNote(GITLAB, { text }),
      '/api/v4/projects/5/issues/3/discussions/d1/notes',
    ],
    [
      'Slack',
      'slack',
      { signing_secret: 's', bot_token: 'xoxb' },
      (text) => slackMention('s', { text }),
      'C1',
    ],
    ['DingTalk', 'dingtalk', DINGTALK, (text) => dingtalkMessage(DINGTALK.app_secret, { text }), 'session'],
    [
      'DingTalk after the session',
      'dingtalk',
      DINGTALK,
      (text) => dingtalkMessage(DINGTALK.app_secret, { text, isSessionOver: true }),
      'cid1',
    ],
    [
      'Feishu',
      'feishu',
      FEISHU,
      (text) => feishuMessage(FEISHU, { text, id: idOf(text) }),
      idOf('a question in Feishu'),
    ],
    [
      'Lark',
      'lark',
      FEISHU,
      (text) => feishuMessage(FEISHU, { text, id: idOf(text) }),
      idOf('a question in Lark'),
    ],
    ['a WeCom app', 'wecom', WECOM, (text) => wecomMessage(WECOM, text), 'ann'],
  ]

describe('Acceptance test 13: a conversation', () => {
  it.each(CONVERSATIONS)(
    'A conversation with %s ends with a reply in its place.',
    async (name, kind, secrets, event, place) => {
      const hook = await rig.create(kind, secrets, { prompt: PROMPT })
      const question = `a question in ${name}`
      expect((await rig.send(hook, event(question))).status).toBe(200)
      await rig.written(`You said: ${question}`)
      const written = rig.platforms.messages.filter(({ text }) => text.includes(`You said: ${question}`))
      expect(written.map((message) => message.place)).toEqual([place])
    },
  )

  it.each([
    ['Slack', 2, { ok: false, error: 'not_in_channel' }],
    ['DingTalk', 3, { errcode: 310_000, errmsg: 'keywords not in content' }],
    ['Feishu', 5, { code: 230_002, msg: 'Bot not in chat' }],
    ['a WeCom app', 7, { errcode: 45_009, errmsg: 'api freq out of limit' }],
  ] as const)(
    'A reply to %s is tried again after a 200 that reports an error.',
    async (name, row, refusal) => {
      const [, kind, secrets, event] = CONVERSATIONS[row] as (typeof CONVERSATIONS)[number]
      const hook = await rig.create(kind, secrets, { prompt: PROMPT })
      rig.platforms.next.push({ status: 200, body: refusal })
      await rig.send(hook, event(`refused once by ${name}`))
      await rig.written(`refused once by ${name}`)
      const [job] = await rig.jobs(hook)
      await until('both tries are listed', async () => {
        const response = await rig.ask('GET', `/edge/jobs/deliveries?job=${job?.id}`)
        const { data } = (await response.json()) as { data: { tries: { error: string | null }[] }[] }
        const errors = data[0]?.tries.map(({ error }) => error) ?? []
        return errors.length === 2 && errors[0] !== null && errors[1] === null
      })
    },
  )

  it.each([
    ['DingTalk', 4, 'dingtalk'],
    ['Feishu', 5, 'feishu'],
    ['a WeCom app', 7, 'wecom'],
  ] as const)('The access token of %s is renewed once when it has expired.', async (name, row, platform) => {
    const [, kind, secrets, event] = CONVERSATIONS[row] as (typeof CONVERSATIONS)[number]
    const hook = await rig.create(kind, secrets, { prompt: PROMPT })
    const tokens = () =>
      rig.platforms.calls.filter((call) => call.platform === platform && /token/i.test(call.path)).length
    const before = tokens()
    await rig.send(hook, event(`first with ${name}`))
    await rig.written(`first with ${name}`)
    await rig.send(hook, event(`second with ${name}`))
    await rig.written(`second with ${name}`)
    expect(tokens()).toBe(before + 1)
    rig.platforms.expireTokens()
    await rig.send(hook, event(`third with ${name}`))
    await rig.written(`third with ${name}`)
    expect(tokens()).toBe(before + 2)
  })

  it('A reply that the platform keeps refusing becomes a dead delivery, which can be sent again.', async () => {
    const hook = await rig.create('slack', { signing_secret: 's', bot_token: 'xoxb' }, { prompt: PROMPT })
    const refusal = { status: 500, body: {} }
    rig.platforms.next.push(refusal, refusal, refusal)
    await rig.send(hook, slackMention('s', { text: 'refused to the end' }))
    const dead = async () => {
      const response = await rig.ask('GET', '/edge/jobs/deliveries?status=dead')
      return ((await response.json()) as { data: { id: string; event: string }[] }).data
    }
    await until('the reply is dead', async () => (await dead()).length === 1)
    const [delivery] = await dead()
    expect(delivery?.event).toBe('hook.reply')
    expect((await rig.ask('POST', `/edge/jobs/deliveries/${delivery?.id}/redeliver`)).status).toBe(202)
    await rig.written('refused to the end')
  })

  it('A response above the limit reaches a WeCom app in parts of at most 2,048 bytes.', async () => {
    const hook = await rig.create('wecom', WECOM, { prompt: PROMPT })
    await rig.send(hook, wecomMessage(WECOM, '段'.repeat(1500)))
    const parts = () => rig.platforms.messages.filter(({ text }) => text.includes('段段段'))
    await until(
      'all parts were written',
      () =>
        parts()
          .map(({ text }) => text)
          .join('')
          .match(/段/g)?.length === 1500,
    )
    expect(parts().length).toBe(3)
    expect(Math.max(...parts().map(({ text }) => Buffer.byteLength(text)))).toBeLessThanOrEqual(2048)
  })

  it('A conversation whose model fails ends with the error text, once.', async () => {
    const prompt = { model: 'fault-status-400-InvalidParameter', user: '{{event.text}}' }
    const hook = await rig.create('dingtalk', DINGTALK, {
      prompt,
      reply: { error_text: 'Out of order, sorry.' },
    })
    await rig.send(hook, dingtalkMessage(DINGTALK.app_secret, { text: 'x' }))
    await rig.written('Out of order, sorry.')
    expect(rig.platforms.messages.filter(({ text }) => text.includes('Out of order'))).toHaveLength(1)
  })
})

describe('Acceptance test 16: two hooks that answer each other', () => {
  it('The conversation stops at the number of messages that one user may send in a minute.', async () => {
    const limits = { per_user_minute: 3 }
    const secrets = { secret: 's', token: 'ghp' }
    const hooks = [
      await rig.create('github', secrets, { prompt: PROMPT, limits }),
      await rig.create('github', secrets, { prompt: PROMPT, limits }),
    ]
    const outcomes: (string | null)[] = []
    for (let turn = 0; turn < 8; turn++) {
      const hook = hooks[turn % 2] as (typeof hooks)[number]
      // A platform that strips comments takes the mark off our posts.
      const event = githubComment('s', { text: `ping ${turn}`, user: `bot${turn % 2}` })
      outcomes.push((await rig.send(hook, event)).headers.get('x-edge-hook'))
    }
    expect(outcomes).toEqual([...Array(6).fill(null), 'limited', 'limited'])
  })
})
