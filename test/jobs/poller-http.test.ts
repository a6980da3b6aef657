import { expect, it } from 'vitest'
import type { JobRecord } from '../../src/jobs/job.ts'
import { json } from '../harness/caller.ts'
import { useGateway } from '../harness/use-gateway.ts'

const IMAGE = '/api/v1/services/aigc/text2image/image-synthesis'
const QPS = 20
const TASKS = 60

const rig = useGateway({ TASK_POLL_QPS: String(QPS), WEBHOOK_ALLOW_LOOPBACK: 'on' })

it('test 8: tasks are looked up at the allowed rate, whatever their number', {
  timeout: 40_000,
}, async () => {
  const polls: { task: string; atMs: number }[] = []
  let made = 0
  rig.upstream.answer((response, { method, target }) => {
    const task = target.split('/').at(-1) ?? ''
    if (method === 'GET') polls.push({ task, atMs: Date.now() })
    const output =
      method === 'GET'
        ? { task_id: task, task_status: 'SUCCEEDED' }
        : { task_id: `t-${made++}`, task_status: 'PENDING' }
    response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ output }))
  })
  const headers = {
    authorization: `Bearer ${rig.key}`,
    'content-type': 'application/json',
    'x-dashscope-async': 'enable',
    prefer: 'respond-async',
  }
  const body = JSON.stringify({ model: 'wanx2.1-t2i-turbo', input: { prompt: 'a cat' } })
  const submits = await Promise.all(
    Array.from({ length: TASKS }, () =>
      fetch(rig.gateway.address + IMAGE, { method: 'POST', headers, body }),
    ),
  )
  expect(submits.every((response) => response.headers.has('x-edge-job'))).toBe(true)
  const open = async () => {
    const response = await fetch(`${rig.gateway.address}/edge/jobs?limit=100`, {
      headers: { authorization: headers.authorization },
    })
    return (await json<{ data: JobRecord[] }>(response)).data.filter(({ ended_at }) => ended_at === null)
      .length
  }
  while ((await open()) > 0) await new Promise((resolve) => setTimeout(resolve, 200))
  expect(new Set(polls.map(({ task }) => task)).size).toBe(TASKS)
  const mostInASecond = Math.max(
    ...polls.map(
      ({ atMs }) => polls.filter((other) => other.atMs >= atMs && other.atMs < atMs + 1000).length,
    ),
  )
  expect(mostInASecond).toBeLessThanOrEqual(QPS)
})
