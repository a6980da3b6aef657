import { expect } from 'vitest'
import { json, until } from '../harness/caller.ts'
import { useJobs } from '../jobs/rig.ts'
import { type UsageRow, usageReport } from '../meter/over-http/rig.ts'
import { BOUNDARY, FILES, form, part } from './upload-rig.ts'

export const BATCHES = '/compatible-mode/v1/batches'

export interface Batch {
  id: string
  status: string
  output_file_id: string | null
  error_file_id: string | null
  request_counts: { total: number; completed: number; failed: number }
}

/** Starts a gateway with jobs for a test file, and gives what makes and reads batches. */
export function useBatches() {
  const rig = useJobs()

  /** Uploads lines as a batch file and returns its id. */
  async function upload(key: string, lines: string, purpose = 'batch'): Promise<string> {
    const response = await fetch(rig.gateway.address + FILES, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      },
      body: form(part('purpose', purpose), part('file', lines, 'requests.jsonl')),
    })
    expect(response.status).toBe(200)
    return (await json<{ id: string }>(response)).id
  }

  function create(
    key: string,
    file: string,
    more: object = {},
    headers: Record<string, string> = {},
  ): Promise<Response> {
    const body = { input_file_id: file, endpoint: '/v1/chat/completions', completion_window: '24h', ...more }
    return rig.askAs(key, 'POST', BATCHES, body, headers)
  }

  async function created(
    key: string,
    file: string,
    more: object = {},
    headers: Record<string, string> = {},
  ): Promise<Batch> {
    const response = await create(key, file, more, headers)
    expect(response.status, await response.clone().text()).toBe(200)
    return json<Batch>(response)
  }

  async function batchOf(key: string, id: string): Promise<Batch> {
    return json<Batch>(await rig.askAs(key, 'GET', `${BATCHES}/${id}`))
  }

  async function ended(key: string, id: string): Promise<Batch> {
    await until(`${id} has ended`, async () => (await batchOf(key, id)).status === 'completed')
    return batchOf(key, id)
  }

  async function usageOf(id: string): Promise<UsageRow | undefined> {
    return (await usageReport(rig.gateway, `key=${id}&group_by=key`)).rows[0]
  }

  return { rig, upload, create, created, batchOf, ended, usageOf }
}
