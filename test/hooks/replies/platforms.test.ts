import { describe, expect, it } from 'vitest'
import { PLATFORMS } from '../../../src/hooks/replies/platforms.ts'
import { context, message, NOW_MS, SETTINGS, session, written } from './reply.ts'

describe('Acceptance test 13: what each platform receives', () => {
  it('GitHub receives a comment with a mention and the marker.', () => {
    const chat = { id: 'o/r#3', type: 'issue', name: '' } as const
    expect(message('github', { chat }, { secrets: { token: 't' } })).toEqual({
      url: 'https://api.github.com/repos/o/r/issues/3/comments',
      body: { body: '@U1 Hi\n\n<!-- dashscope-edge -->' },
    })
    expect(message('github', { chat, thread: '7' }, { secrets: { token: 't' } })).toMatchObject({
      url: 'https://api.github.com/repos/o/r/pulls/3/comments/7/replies',
    })
  })

  it('A repository name cannot leave its place in the path.', () => {
    const chat = { id: 'o/../../user#3', type: 'issue', name: '' } as const
    expect(message('github', { chat }, { secrets: { token: 't' } })).toBeUndefined()
  })

  it('GitLab receives a note in the same discussion.', () => {
    const event = { chat: { id: '5!2', type: 'pr', name: '' } as const, thread: 'd1' }
    expect(message('gitlab', event, { secrets: { token: 't' } })).toEqual({
      url: 'https://gitlab.com/api/v4/projects/5/merge_requests/2/discussions/d1/notes',
      body: { body: '@U1 Hi\n\n<!-- dashscope-edge -->' },
    })
  })

  it('Slack receives a message in the thread or at the response_url.', () => {
    expect(message('slack', { thread: '1.0' }, { secrets: { bot_token: 'xoxb' } })).toEqual({
      url: 'https://slack.com/api/chat.postMessage',
      body: { channel: 'C1', text: '<@U1> Hi', thread_ts: '1.0' },
    })
    const raw = { response_url: 'https://hooks.slack.com/commands/1' }
    expect(message('slack', { raw })).toEqual({
      url: 'https://hooks.slack.com/commands/1',
      body: { response_type: 'in_channel', text: '<@U1> Hi' },
    })
  })

  it('DingTalk receives a reply at the session URL, with the mention in text and list.', () => {
    expect(message('dingtalk', { raw: session })).toEqual({
      url: session.sessionWebhook,
      body: { msgtype: 'markdown', markdown: { title: 'Hi', text: '@U1 Hi' }, at: { atUserIds: ['U1'] } },
    })
  })

  it('If the session has expired, the robot API of DingTalk is used.', () => {
    const raw = { ...session, sessionWebhookExpiredTime: NOW_MS }
    const secrets = { app_key: 'k', app_secret: 's' }
    const token = PLATFORMS.dingtalk?.token(context('dingtalk', { raw }, { secrets }))
    expect(written(token?.request)).toEqual({
      url: 'https://api.dingtalk.com/v1.0/oauth2/accessToken',
      body: { appKey: 'k', appSecret: 's' },
    })
    expect(token?.read({ accessToken: 'at', expireIn: 7200 })).toEqual({
      token: 'at',
      expiresInSeconds: 7200,
    })
    expect(message('dingtalk', { raw }, { secrets, accessToken: 'at' })).toEqual({
      url: 'https://api.dingtalk.com/v1.0/robot/groupMessages/send',
      body: {
        robotCode: 'r1',
        openConversationId: 'C1',
        msgKey: 'sampleMarkdown',
        msgParam: '{"title":"Hi","text":"Hi"}',
      },
    })
  })

  it('Feishu and Lark receive a card as a reply, with an idempotency id.', () => {
    const event = { reply_to: 'om_1', thread: 'omt_1' }
    expect(message('feishu', event, { accessToken: 'at' })).toEqual({
      url: 'https://open.feishu.cn/open-apis/im/v1/messages/om_1/reply',
      body: {
        msg_type: 'interactive',
        content:
          '{"schema":"2.0","body":{"elements":[{"tag":"markdown","element_id":"answer","content":"<at id=U1></at> Hi"}]}}',
        reply_in_thread: true,
        uuid: 'msg_1',
      },
    })
    expect(message('lark', event, { accessToken: 'at' })).toMatchObject({
      url: 'https://open.larksuite.com/open-apis/im/v1/messages/om_1/reply',
    })
  })

  it('A WeCom app writes to the member, and a WeCom bot to the response_url.', () => {
    expect(message('wecom', {}, { accessToken: 'at', secrets: { agent_id: '2' } })).toEqual({
      url: 'https://qyapi.weixin.qq.com/cgi-bin/message/send?access_token=at',
      body: { touser: 'U1', agentid: 2, msgtype: 'markdown', markdown: { content: 'Hi' } },
    })
    const raw = { response_url: 'https://qyapi.weixin.qq.com/cgi-bin/aibot/response?code=1' }
    expect(message('wecom-bot', { raw })).toEqual({
      url: raw.response_url,
      body: { msgtype: 'markdown', markdown: { content: 'Hi' } },
    })
  })

  const group = { id: 'C1', type: 'group', name: 'room' } as const
  const direct = { id: 'D1', type: 'direct', name: 'Ann' } as const
  const issue = { id: 'o/r#3', type: 'issue', name: '' } as const
  const gitlabIssue = { id: '5#2', type: 'issue', name: '' } as const

  it.each([
    ['github', issue, true, 'body', '@U1 Hi'],
    ['github', issue, false, 'body', 'Hi'],
    ['gitlab', gitlabIssue, true, 'body', '@U1 Hi'],
    ['gitlab', gitlabIssue, false, 'body', 'Hi'],
    ['slack', group, true, 'text', '<@U1> Hi'],
    ['slack', group, false, 'text', 'Hi'],
    ['slack', direct, true, 'text', 'Hi'],
    ['dingtalk', group, true, 'markdown', '@U1 Hi'],
    ['dingtalk', group, false, 'markdown', '"text":"Hi"'],
    ['dingtalk', direct, true, 'markdown', '"text":"Hi"'],
    ['feishu', group, true, 'content', '<at id=U1></at> Hi'],
    ['feishu', group, false, 'content', 'content\\":\\"Hi'],
    ['lark', direct, true, 'content', 'content\\":\\"Hi'],
    ['wecom', direct, true, 'markdown', '"content":"Hi"'],
    ['wecom-bot', group, true, 'markdown', '"content":"Hi"'],
  ] as const)(
    'On %s, whether %j mentions the person follows the setting %s',
    (kind, chat, mention, member, expected) => {
      const response_url = 'https://qyapi.weixin.qq.com/cgi-bin/aibot/response?code=1'
      const raw = kind === 'dingtalk' ? session : kind === 'wecom-bot' ? { response_url } : {}
      const secrets = { token: 't', bot_token: 'xoxb', agent_id: '2' }
      const settings = { ...SETTINGS, mention }
      const change = { settings, secrets, accessToken: 'at' }
      const sent = message(kind, { chat, raw, reply_to: 'om_1' }, change) as { body: Record<string, unknown> }
      expect(JSON.stringify(sent.body[member])).toContain(expected)
      if (!expected.includes('U1')) expect(JSON.stringify(sent.body)).not.toMatch(/@U1|id=U1|atUserIds/)
    },
  )

  it.each([
    ['slack', { thread: '1.0' }, true, 'thread_ts', '1.0'],
    ['slack', { thread: '1.0' }, false, 'thread_ts', undefined],
    ['slack', { thread: null }, true, 'thread_ts', undefined],
    ['feishu', { thread: 'omt_1' }, true, 'reply_in_thread', true],
    ['feishu', { thread: 'omt_1' }, false, 'reply_in_thread', false],
    ['feishu', { thread: null }, true, 'reply_in_thread', false],
  ] as const)(
    'On %s, whether %j keeps the thread follows the setting %s',
    (kind, event, thread, member, expected) => {
      const change = { settings: { ...SETTINGS, thread }, secrets: { bot_token: 'xoxb' }, accessToken: 'at' }
      const sent = message(kind, { ...event, reply_to: 'om_1' }, change) as { body: Record<string, unknown> }
      expect(sent.body[member]).toBe(expected)
    },
  )

  it.each([
    ['dingtalk', { msgtype: 'text', text: { content: '@U1 Hi' } }],
    ['feishu', { msg_type: 'text', content: '{"text":"<at user_id=\\"U1\\"></at> Hi"}' }],
    ['wecom', { msgtype: 'text', text: { content: 'Hi' } }],
  ] as const)('Plain text is written for %s', (kind, expected) => {
    const settings = { ...SETTINGS, format: 'text' as const }
    const change = { settings, secrets: { agent_id: '2' }, accessToken: 'at' }
    expect(message(kind, { raw: session, reply_to: 'om_1' }, change)).toMatchObject({ body: expected })
  })

  it.each([
    ['slack', { ok: false, error: 'not_in_channel' }, 'not_in_channel'],
    ['slack', { ok: true }, undefined],
    ['dingtalk', { errcode: 310000, errmsg: 'keywords not in content' }, 'keywords not in content (310000)'],
    ['dingtalk', { errcode: 0 }, undefined],
    ['feishu', { code: 230002, msg: 'Bot not in chat' }, 'Bot not in chat (230002)'],
    ['feishu', { code: 0 }, undefined],
    [
      'wecom',
      { errcode: 60020, errmsg: 'not allow to access from your ip' },
      'not allow to access from your ip (60020)',
    ],
  ] as const)('A 200 of %s with %j is recognised as a success or a failure.', (kind, response, failure) => {
    expect(PLATFORMS[kind]?.failure(response)).toBe(failure)
  })
})
