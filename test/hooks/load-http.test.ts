import { describe, expect, it } from 'vitest'
import { githubComment } from '../../emulator/stand-ins/events/code-hosts.ts'
import { slackMention } from '../../emulator/stand-ins/events/slack.ts'
import { until } from '../harness/caller.ts'
import { useHooks } from './rig.ts'

const rig = useHooks()

/** DashScope takes the request and never answers. */
const HANGING = { model: 'fault-stall', user: '{{event.text}}' }
const ROOM = { per_minute: 100, per_user_minute: 100, concurrent: 100 }

describe('Acceptance test 4: while DashScope hangs', () => {
  it('Fifty events at once are acknowledged, each with a job that keeps running.', async () => {
    const hook = await rig.create('github', { secret: 's' }, { prompt: HANGING, limits: ROOM })
    const responses = await Promise.all(
      Array.from({ length: 50 }, (_, index) =>
        rig.send(hook, githubComment('s', { text: `event ${index}` })),
      ),
    )
    expect(responses.map((response) => [response.status, response.headers.get('x-edge-hook')])).toEqual(
      Array(50).fill([200, null]),
    )
    await until('each event has its job', async () => (await rig.jobs(hook)).length === 50)
    const jobs = await rig.jobs(hook)
    expect(jobs.every(({ status }) => status === 'queued' || status === 'running')).toBe(true)
  }, 60_000)

  it('A delivery that Slack repeats never reaches the model.', async () => {
    const hook = await rig.create('slack', { signing_secret: 's' }, { prompt: HANGING, limits: ROOM })
    const event = { text: 'slow question', id: 'Ev1' }
    await rig.send(hook, slackMention('s', event))
    await until('DashScope was asked', async () =>
      (await rig.gateway.calls()).some(({ body }) => body.includes('slow question')),
    )
    const again = await Promise.all([1, 2, 3].map(() => rig.send(hook, slackMention('s', event))))
    expect(again.map((response) => [response.status, response.headers.get('x-edge-hook')])).toEqual(
      Array(3).fill([200, 'duplicate']),
    )
    expect((await rig.gateway.calls()).filter(({ body }) => body.includes('slow question'))).toHaveLength(1)
  })

  it('Events above the limit of a hook are acknowledged and not answered.', async () => {
    const hook = await rig.create('github', { secret: 's' }, { prompt: HANGING, limits: { concurrent: 2 } })
    const outcomes: (string | null)[] = []
    for (const text of ['a', 'b', 'c'])
      outcomes.push((await rig.send(hook, githubComment('s', { text }))).headers.get('x-edge-hook'))
    expect(outcomes).toEqual([null, null, 'limited'])
    await until('the third is listed with its reason', async () =>
      (await rig.events(hook)).some(({ status, reason }) => status === 'limited' && reason === 'concurrent'),
    )
  })
})
