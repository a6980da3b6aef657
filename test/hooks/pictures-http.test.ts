import { describe, expect, it } from 'vitest'
import { githubComment, gitlabNote } from '../../emulator/stand-ins/events/code-hosts.ts'
import { dingtalkMessage } from '../../emulator/stand-ins/events/dingtalk.ts'
import type { OutgoingEvent } from '../../emulator/stand-ins/events/event.ts'
import { feishuMessage } from '../../emulator/stand-ins/events/feishu.ts'
import { slackMention } from '../../emulator/stand-ins/events/slack.ts'
import { wecomBotFile, wecomBotMessage } from '../../emulator/stand-ins/events/wecom.ts'
import { until } from '../harness/caller.ts'
import { useHooks } from './rig.ts'

const rig = useHooks()

/** The start of a PNG file, which is all that is looked at. */
const PNG = Buffer.concat([Buffer.from('89504e470d0a1a0a', 'hex'), Buffer.from('the rest of a picture')])
const DATA_URL = `data:image/png;base64,${PNG.toString('base64')}`

const SLACK = { signing_secret: 'a slack secret', bot_token: 'xoxb-test' }
const GITHUB = { secret: 'a github secret', token: 'ghp_test' }
const GITLAB = { signing_token: 'whsec_dGVzdHRlc3R0ZXN0dGVzdHRlc3R0ZXN0dGVzdHRlc3Q=', token: 'glpat-test' }
const UPLOAD = '/uploads/66dbcd21ec5d24ed6ea225176098d52b/dk%20%281%29.png'
const DINGTALK = { app_secret: 'a dingtalk secret', app_key: 'key1' }
const FEISHU = { encrypt_key: 'key', verification_token: 'token', app_id: 'cli_1', app_secret: 'secret' }
const WECOM_BOT = { token: 'tok', encoding_aes_key: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C' }

/** The content of the last user message that DashScope got for a question. */
async function askedWith(question: string): Promise<Record<string, unknown>[]> {
  let body = ''
  await until(`DashScope was asked "${question}"`, async () => {
    body = (await rig.gateway.calls()).find((call) => call.body.includes(question))?.body ?? ''
    return body !== ''
  })
  return JSON.parse(body).messages.at(-1).content
}

describe('an image in an event', () => {
  it.each([
    [
      'GitHub',
      'github',
      GITHUB,
      () => {
        rig.platforms.files.set('/user-attachments/assets/0bec7adc-52c5', PNG)
        const link = '<img width="9" src="https://github.com/user-attachments/assets/0bec7adc-52c5" />'
        return githubComment(GITHUB.secret, { text: `see github ${link}` })
      },
    ],
    [
      'GitLab',
      'gitlab',
      GITLAB,
      () => {
        rig.platforms.files.set(`/api/v4/projects/5${decodeURI(UPLOAD).replaceAll(' ', '%20')}`, PNG)
        return gitlabNote(GITLAB.signing_token, { text: `see gitlab ![a picture](${UPLOAD})` })
      },
    ],
    [
      'Slack',
      'slack',
      SLACK,
      () => {
        rig.platforms.files.set('/files-pri/T1-F1/picture.png', PNG)
        return slackMention(SLACK.signing_secret, {
          text: 'see slack',
          pictures: ['/files-pri/T1-F1/picture.png'],
        })
      },
    ],
    [
      'DingTalk',
      'dingtalk',
      DINGTALK,
      () => {
        rig.platforms.files.set('code1', PNG)
        return dingtalkMessage(DINGTALK.app_secret, { text: 'see dingtalk', pictures: ['code1'] })
      },
    ],
    [
      'Feishu',
      'feishu',
      FEISHU,
      () => {
        rig.platforms.files.set('img_1', PNG)
        return feishuMessage(FEISHU, { text: 'see feishu', pictures: ['img_1'] })
      },
    ],
    [
      'a WeCom AI bot, which encrypts it',
      'wecom-bot',
      WECOM_BOT,
      () => {
        rig.platforms.files.set('/aibot-files/1', wecomBotFile(WECOM_BOT, PNG))
        return wecomBotMessage(WECOM_BOT, { text: 'see wecom', pictures: ['/aibot-files/1'] })
      },
    ],
  ] as [string, string, Record<string, string>, () => OutgoingEvent][])(
    'An image of %s reaches the model as a data URL.',
    async (_, kind, secrets, event) => {
      const hook = await rig.create(kind, secrets, {
        prompt: { model: 'qwen-vl-plus', user: '{{event.text}}' },
      })
      expect((await rig.send(hook, event())).status).toBe(200)
      expect(await askedWith(`see ${kind.split('-')[0]}`)).toMatchObject([
        { type: 'image_url', image_url: { url: DATA_URL } },
        { type: 'text' },
      ])
      const [job] = await rig.jobs(hook)
      const events = JSON.stringify(await rig.events(hook))
      expect(job).toBeDefined()
      expect(events).not.toContain('base64,')
    },
  )

  it.each([
    ['is not a picture', Buffer.from('<html>Sign in</html>')],
    ['is larger than 7 MiB', Buffer.concat([PNG, Buffer.alloc(7 * 1024 * 1024)])],
    ['is missing', undefined],
  ])('An image that %s becomes a sentence that says so.', async (reason, file) => {
    const path = `/files-pri/T1-F2/${encodeURIComponent(reason)}.png`
    if (file) rig.platforms.files.set(path, file)
    const hook = await rig.create('slack', SLACK, {
      prompt: { model: 'qwen-vl-plus', user: '{{event.text}}' },
    })
    await rig.send(hook, slackMention(SLACK.signing_secret, { text: `it ${reason}`, pictures: [path] }))
    expect(await askedWith(`it ${reason}`)).toEqual([
      { type: 'text', text: '[A picture could not be loaded.]' },
      { type: 'text', text: `it ${reason}` },
    ])
  })

  it('An image is not fetched from a host that does not belong to the platform.', async () => {
    const hook = await rig.create('wecom-bot', WECOM_BOT, {
      prompt: { model: 'qwen-vl-plus', user: '{{event.text}}' },
    })
    const foreign = wecomBotMessage(WECOM_BOT, {
      text: 'from elsewhere',
      pictures: ['.evil.example/aibot-files/9'],
    })
    rig.platforms.files.set('/aibot-files/9', PNG)
    await rig.send(hook, foreign)
    expect(await askedWith('from elsewhere')).toMatchObject([
      { text: '[A picture could not be loaded.]' },
      {},
    ])
    expect(rig.platforms.calls.filter(({ path }) => path === '/aibot-files/9')).toEqual([])
  })

  it('An image in a comment is left out for a model that reads text only, which still answers.', async () => {
    const hook = await rig.create('github', GITHUB, {
      prompt: { model: 'qwen-plus', user: '{{event.text}}' },
    })
    const text = 'only text ![x](https://github.com/user-attachments/assets/0bec7adc-52c5)'
    await rig.send(hook, githubComment(GITHUB.secret, { text }))
    expect(await askedWith('only text')).toBe(text)
  })

  it('An image in a comment that GitHub leads to a foreign host is not fetched from there.', async () => {
    const hook = await rig.create('github', GITHUB, {
      prompt: { model: 'qwen-vl-plus', user: '{{event.text}}' },
    })
    const text = 'led away ![x](https://github.com/user-attachments/assets/led-away)'
    const elsewhere = {
      status: 302,
      body: {},
      headers: { location: 'https://evil.example/github-storage/user-attachments/assets/led-away' },
    }
    rig.platforms.files.set('/user-attachments/assets/led-away', PNG)
    // A picture is tried twice.
    rig.platforms.next.push(elsewhere, elsewhere)
    await rig.send(hook, githubComment(GITHUB.secret, { text }))
    expect(await askedWith('led away')).toMatchObject([{ text: '[A picture could not be loaded.]' }, {}])
    const stored = rig.platforms.calls.filter((call) => call.path.endsWith('/led-away'))
    expect(stored.map(({ path }) => path.split('/')[1])).toEqual(['user-attachments', 'user-attachments'])
  })
})
