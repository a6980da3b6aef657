import { describe, expect, it } from 'vitest'
import { githubPing } from '../../emulator/stand-ins/events/code-hosts.ts'
import { feishuChallenge } from '../../emulator/stand-ins/events/feishu.ts'
import { slackChallenge } from '../../emulator/stand-ins/events/slack.ts'
import { wecomEcho } from '../../emulator/stand-ins/events/wecom.ts'
import { useHooks } from './rig.ts'

const rig = useHooks()

const FEISHU = { encrypt_key: 'key', verification_token: 'token' }
const WECOM = { token: 'tok', encoding_aes_key: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' }

describe('Acceptance test 2: the check of a new address', () => {
  it.each([
    ['slack', { signing_secret: 's' }, () => slackChallenge('s', 'c1'), '{"challenge":"c1"}'],
    ['feishu', FEISHU, () => feishuChallenge(FEISHU, 'c2'), '{"challenge":"c2"}'],
    ['lark', FEISHU, () => feishuChallenge(FEISHU, 'c3'), '{"challenge":"c3"}'],
    [
      'wecom',
      { ...WECOM, corp_id: 'ww1' },
      () => wecomEcho({ ...WECOM, corp_id: 'ww1' }, '3141592653589793238'),
      '3141592653589793238',
    ],
    ['wecom-bot', WECOM, () => wecomEcho(WECOM, '42'), '42'],
    ['github', { secret: 's' }, () => githubPing('s'), '{}'],
  ] as const)(
    'The handshake of %s is answered with the exact bytes.',
    async (kind, secrets, event, expected) => {
      const hook = await rig.create(kind, secrets)
      const response = await rig.send(hook, event())
      expect([response.status, await response.text()]).toEqual([200, expected])
    },
  )

  it('A handshake with a wrong token or for another company gets 401.', async () => {
    const feishu = await rig.create('feishu', FEISHU)
    const wecom = await rig.create('wecom', { ...WECOM, corp_id: 'ww1' })
    const events = [
      [feishu, feishuChallenge({ ...FEISHU, verification_token: 'other' }, 'c')],
      [wecom, wecomEcho({ ...WECOM, corp_id: 'ww2' }, '1')],
      [wecom, wecomEcho({ ...WECOM, token: 'other', corp_id: 'ww1' }, '1')],
    ] as const
    for (const [hook, event] of events) expect((await rig.send(hook, event)).status).toBe(401)
  })

  it('A handshake of WeCom without echostr gets 400.', async () => {
    const hook = await rig.create('wecom', { ...WECOM, corp_id: 'ww1' })
    expect((await fetch(hook.url)).status).toBe(400)
  })
})
