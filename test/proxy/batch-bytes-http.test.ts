import { expect, it } from 'vitest'
import { json } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'
import { form, line, part, uploadForm } from './upload-rig.ts'

const BATCHES = '/compatible-mode/v1/batches'
const ID = 'batch_5b57e198-203e-49c8-bcc3-65e997d51754'
const FILE = 'file-batch-c015426ce301481bb13c76b4'

/** As DashScope was recorded on 2026-04-17: in lines, with Chinese text, and numbers that JavaScript would print otherwise. */
const batch = (status: string, output: string | null) => `{
  "id": "${ID}",
  "object": "batch",
  "endpoint": "/v1/chat/completions",
  "errors": null,
  "input_file_id": "${FILE}",
  "completion_window": "24h",
  "status": "${status}",
  "output_file_id": ${output === null ? 'null' : `"${output}"`},
  "error_file_id": null,
  "created_at": 1776423924.0,
  "in_progress_at": 1776423924,
  "request_counts": { "total": 2, "completed": 2, "failed": 0 },
  "metadata": { "ds_name": "测试任务", "ds_description": "任务描述" }
}
`

const rig = useGateway({ TASK_POLL_QPS: '1' })

it('Batches pass byte for byte in both directions.', async () => {
  rig.upstream.answer(json(`{"id":"${FILE}","object":"file"}`))
  const upload = form(part('purpose', 'batch'), part('file', line('1'), 'a.jsonl'))
  expect((await uploadForm(rig, rig.key, upload)).status).toBe(200)

  const asked = `{ "input_file_id": "${FILE}", "endpoint":"/v1/chat/completions", "completion_window": "24h",
    "metadata": {"ds_name": "测试任务", "n": 1.0e2} }`
  const headers = { authorization: `Bearer ${rig.key}`, 'content-type': 'application/json' }
  for (const [method, path, body, wanted] of [
    ['POST', BATCHES, asked, batch('validating', null)],
    ['GET', `${BATCHES}/${ID}`, undefined, batch('in_progress', null)],
    ['POST', `${BATCHES}/${ID}/cancel`, undefined, batch('cancelling', null)],
    ['GET', `${BATCHES}/${ID}`, undefined, batch('completed', 'file-batch_output-c5f57bf1')],
  ] as const) {
    rig.upstream.answer(json(wanted, 200, { 'content-type': 'application/json;charset=UTF-8' }))
    const response = await send(rig.gateway.address, { method, path, headers, ...(body && { body }) })
    expect(response.text).toBe(wanted)
    expect(response.headers['content-type']).toBe('application/json;charset=UTF-8')
    const sent = rig.upstream.seen.findLast((seen) => seen.method === method && seen.target === path)
    expect(sent?.body.toString()).toBe(body ?? '')
  }
})

it('The output of a batch cannot be deleted before it is billed.', async () => {
  // The output cannot be read: the batch stays unbilled.
  rig.upstream.answer(json('{"error":{"message":"later"}}', 503))
  const headers = { authorization: `Bearer ${rig.key}` }
  const path = '/compatible-mode/v1/files/file-batch_output-c5f57bf1'
  const before = rig.upstream.seen.filter(({ method }) => method === 'DELETE').length
  const response = await send(rig.gateway.address, { method: 'DELETE', path, headers })
  expect(response.status, response.text).toBe(409)
  expect(rig.upstream.seen.filter(({ method }) => method === 'DELETE')).toHaveLength(before)
})
