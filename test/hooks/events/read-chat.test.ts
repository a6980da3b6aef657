import { describe, expect, it } from 'vitest'
import { readDingtalk } from '../../../src/hooks/events/dingtalk.ts'
import { readFeishu } from '../../../src/hooks/events/feishu.ts'
import { readSlack } from '../../../src/hooks/events/slack.ts'
import { readWecomApp, readWecomBot } from '../../../src/hooks/events/wecom.ts'
import { essence, NOW_MS, payload } from './payload.ts'

describe('Slack', () => {
  const mention = {
    token: 'old-verification-token',
    api_app_id: 'A1',
    event_id: 'Ev1',
    authorizations: [{ user_id: 'UBOT' }],
    event: {
      type: 'app_mention',
      user: 'U1',
      text: '<@UBOT> hello',
      channel: 'C1',
      ts: '1.2',
      thread_ts: '1.0',
    },
  }

  it('A mention is read without the mention itself and the verification token.', () => {
    const reading = readSlack(payload(mention))
    expect(essence(reading)).toMatchObject({
      id: 'Ev1',
      text: 'hello',
      user: { id: 'U1' },
      chat: { id: 'C1', type: 'group' },
      thread: '1.0',
      reply_to: '1.2',
    })
    expect(JSON.stringify(reading)).not.toContain('old-verification-token')
  })

  it('A slash command is read.', () => {
    const form =
      'token=t&command=%2Fask&text=why+so&user_id=U1&user_name=ann&channel_id=D1&channel_name=dm&trigger_id=T1'
    const reading = readSlack(payload(form, { 'content-type': 'application/x-www-form-urlencoded' }))
    expect(essence(reading)).toMatchObject({
      id: 'T1',
      type: 'slash_command',
      text: 'why so',
      chat: { type: 'direct' },
    })
    expect(reading).toMatchObject({ event: { raw: { command: '/ask' } } })
  })

  it.each([
    ['bots', { bot_id: 'B1' }],
    ['its own app', { app_id: 'A1' }],
    ['edits', { subtype: 'message_changed' }],
    ['other events', { type: 'reaction_added' }],
  ])('Acceptance test 16: On Slack, %s are ignored.', (_, change) => {
    expect(readSlack(payload({ ...mention, event: { ...mention.event, ...change } })).kind).toBe('ignored')
  })
})

describe('DingTalk', () => {
  const message = {
    msgId: 'm1',
    msgtype: 'text',
    text: { content: ' 你好' },
    conversationId: 'cid1',
    conversationType: '2',
    conversationTitle: '研发群',
    senderStaffId: 's1',
    senderNick: '小王',
    isInAtList: true,
  }

  it('A mention in a DingTalk group is read.', () => {
    const reading = readDingtalk(payload(message))
    expect(essence(reading)).toMatchObject({
      id: 'm1',
      text: '你好',
      user: { id: 's1', name: '小王' },
      chat: { id: 'cid1', type: 'group', name: '研发群' },
    })
    expect(reading).toMatchObject({ mentioned: true, dedupe: ['m1'] })
  })

  it('The transcript of a voice message, rich text and images are read.', () => {
    const voice = { ...message, msgtype: 'audio', content: { recognition: '开会' } }
    expect(essence(readDingtalk(payload(voice)))).toMatchObject({ text: '开会' })
    const rich = {
      ...message,
      msgtype: 'richText',
      content: { richText: [{ text: '看' }, { type: 'picture', downloadCode: 'd1' }] },
    }
    expect(essence(readDingtalk(payload(rich)))).toMatchObject({ text: '看', images: [{ source: 'd1' }] })
    const picture = { ...message, msgtype: 'picture', content: { downloadCode: 'd2' } }
    expect(essence(readDingtalk(payload(picture)))).toMatchObject({ images: [{ source: 'd2' }] })
  })
})

describe('Feishu', () => {
  const message = (change: object = {}) => ({
    schema: '2.0',
    header: { event_id: 'e1', event_type: 'im.message.receive_v1', token: 'verification-token' },
    event: {
      sender: { sender_id: { open_id: 'ou_1' }, sender_type: 'user' },
      message: {
        message_id: 'om_1',
        root_id: 'om_0',
        chat_id: 'oc_1',
        chat_type: 'group',
        message_type: 'text',
        create_time: `${NOW_MS - 1000}`,
        content: JSON.stringify({ text: '@_user_1 你好' }),
        mentions: [{ key: '@_user_1', id: { open_id: 'ou_bot' }, name: 'Bot' }],
        ...change,
      },
    },
  })

  it('A mention on Feishu is read and recognised by its message id, and the token is dropped.', () => {
    const reading = readFeishu(payload(message()), 'feishu', 'Bot')
    expect(essence(reading)).toMatchObject({ id: 'om_1', text: '你好', thread: 'om_0', reply_to: 'om_1' })
    expect(reading).toMatchObject({ mentioned: true, dedupe: ['om_1'] })
    expect(JSON.stringify(reading)).not.toContain('verification-token')
  })

  it('A mention of another bot is not taken for a mention of this one.', () => {
    expect(readFeishu(payload(message()), 'feishu', 'Another bot')).toMatchObject({ mentioned: false })
  })

  it('A rich text message with an image is read.', () => {
    const content = {
      title: 'T',
      content: [
        [
          { tag: 'text', text: 'a' },
          { tag: 'img', image_key: 'k' },
        ],
        [{ tag: 'text', text: 'b' }],
      ],
    }
    const reading = readFeishu(
      payload(message({ message_type: 'post', content: JSON.stringify(content) })),
      'lark',
    )
    expect(essence(reading)).toMatchObject({ kind: 'lark', text: 'T\na\nb', images: [{ source: 'k' }] })
  })

  it('A message older than eight hours and one of a bot are ignored.', () => {
    const old = readFeishu(payload(message({ create_time: `${NOW_MS - 8 * 3_600_000 - 1}` })), 'feishu')
    expect(old).toMatchObject({ kind: 'ignored', reason: 'older than 8 hours' })
    const bot = message()
    bot.event.sender.sender_type = 'app'
    expect(readFeishu(payload(bot), 'feishu').kind).toBe('ignored')
  })
})

describe('WeCom', () => {
  it('A text message to a WeCom app is read.', () => {
    const xml =
      '<xml><ToUserName><![CDATA[corp]]></ToUserName><FromUserName><![CDATA[ann]]></FromUserName><CreateTime>1</CreateTime><MsgType><![CDATA[text]]></MsgType><Content><![CDATA[a < b]]></Content><MsgId>42</MsgId><AgentID>2</AgentID></xml>'
    expect(essence(readWecomApp(payload(xml)))).toMatchObject({
      id: '42',
      text: 'a < b',
      user: { id: 'ann' },
    })
  })

  it('An event of an app is ignored, and identified by its sender and time.', () => {
    const xml =
      '<xml><FromUserName>ann</FromUserName><CreateTime>1</CreateTime><MsgType>event</MsgType><Event>enter_agent</Event></xml>'
    expect(readWecomApp(payload(xml))).toMatchObject({ kind: 'ignored', id: 'ann:1:enter_agent' })
  })

  it('A message to an AI bot and the refresh of a stream are read.', () => {
    const message = {
      msgid: 'm1',
      chatid: 'c1',
      chattype: 'group',
      from: { userid: 'ann' },
      msgtype: 'text',
      text: { content: '@Bot 你好' },
    }
    expect(essence(readWecomBot(payload(message)))).toMatchObject({
      id: 'm1',
      text: '你好',
      chat: { id: 'c1', type: 'group' },
    })
    expect(readWecomBot(payload({ msgtype: 'stream', stream: { id: 's1' } }))).toEqual({
      kind: 'refresh',
      streamId: 's1',
    })
  })
})
