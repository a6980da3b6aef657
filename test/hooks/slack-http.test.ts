import { describe, expect, it } from 'vitest'
import { slackCommand, slackMention } from '../../emulator/stand-ins/events/slack.ts'
import { until } from '../harness/caller.ts'
import { useHooks } from './rig.ts'

const rig = useHooks()
const { ask, create, jobs } = rig

describe('a Slack hook', () => {
  const SECRET = 'a slack secret of the tests'

  it('A reply goes to the thread, the conversation is remembered, and a refused reply is tried again.', async () => {
    const hook = await create(
      'slack',
      { signing_secret: SECRET, bot_token: 'xoxb-test' },
      { history: { turns: 2, per: 'thread', minutes: 60 } },
    )
    const mention = (text: string) =>
      rig.send(hook, slackMention(SECRET, { text, channel: 'C9', thread: '1.0' }))
    rig.platforms.next.push({ status: 200, body: { ok: false, error: 'ratelimited' } })
    await mention('my name is Ann')
    const tried = () => rig.platforms.calls.filter(({ body }) => body.channel === 'C9')
    await until('the reply was tried twice', async () => tried().length === 2)
    expect(tried()[1]?.body).toMatchObject({ channel: 'C9', thread_ts: '1.0' })
    // The conversation is written down once the platform has confirmed the reply.
    const [job] = await jobs(hook)
    await until('the reply is recorded', async () => {
      const response = await ask('GET', `/edge/jobs/deliveries?status=delivered&job=${job?.id}`)
      return ((await response.json()) as { data: unknown[] }).data.length === 1
    })
    await mention('what is my name')
    await until('the second reply was written', async () => tried().length === 3)
    const second = (await rig.gateway.calls()).find(({ body }) => body.includes('what is my name'))
    expect(JSON.parse(second?.body ?? '{}').messages.map(({ role }: { role: string }) => role)).toEqual([
      'system',
      'user',
      'assistant',
      'user',
    ])
  })

  it('A slash command gets an empty body at once, and the person gets the reply at its response_url.', async () => {
    const hook = await create('slack', { signing_secret: SECRET })
    const response = await rig.send(hook, slackCommand(SECRET, 'hello from a command'))
    expect([response.status, await response.text()]).toEqual([200, ''])
    await rig.written('hello from a command')
  })
})
