import { expect, it } from 'vitest'
import type { JobRecord } from '../../src/jobs/job.ts'
import { json, until } from '../harness/caller.ts'
import { useJobs } from './rig.ts'

const IMAGE = '/api/v1/services/aigc/text2image/image-synthesis'

const rig = useJobs()

it('Acceptance test 8: A report of EventBridge ends a task without a further round, and a second report does nothing.', async () => {
  const body = { model: 'fault-task-pending-2500', input: { prompt: 'a cat' } }
  const hook = { 'x-edge-webhook': `${rig.receiver.address}/nudged` }
  const response = await rig.ask('POST', IMAGE, body, { 'x-dashscope-async': 'enable', ...hook })
  const job = response.headers.get('x-edge-job') ?? ''
  const { task_id: task } = (await json<{ output: { task_id: string } }>(response)).output
  const record = async () => json<JobRecord>(await rig.ask('GET', `/edge/jobs/${job}`))
  // A host that is not DashScope's counts as Beijing's.
  const nudge = () =>
    rig.gateway.call<boolean>({ binding: 'POLLER', object: 'beijing', method: 'nudge', args: [task] })
  const lookUps = async () =>
    (await rig.gateway.calls()).filter(({ path }) => path === `/api/v1/tasks/${task}`).length

  await until('the task is watched', nudge)
  // From now on the poller looks by itself only after a minute, so that a lost report costs no more than that.
  const ownLookUps = (await lookUps()) - 1
  let nudges = 1
  await until('a report has ended the task', async () => {
    if ((await record()).status === 'succeeded') return true
    nudges += (await nudge()) ? 1 : 0
    return false
  })
  expect(await lookUps()).toBe(ownLookUps + nudges)
  expect(await nudge()).toBe(false)
  expect(await lookUps()).toBe(ownLookUps + nudges)
  await rig.webhookIs(job, 'delivered')
  expect(rig.receiver.received('/nudged')).toHaveLength(1)
})
