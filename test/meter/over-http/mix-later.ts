import { json, type TestRequest, until } from '../../harness/caller.ts'
import { BOUNDARY, FILES, form, line, part } from '../../proxy/upload-rig.ts'
import { askWhole } from './rig.ts'

const BATCHES = '/compatible-mode/v1/batches'

/** Submits a task and looks it up until it has ended. */
export async function awaitTask(asked: TestRequest): Promise<void> {
  const submitted = await askWhole(asked)
  const id = JSON.parse(submitted.text).output?.task_id
  if (id === undefined) throw new Error(`No task was made: ${submitted.text}`)
  await look<{ output: { task_status: string } }>(asked, `/api/v1/tasks/${id}`, ({ output }) =>
    ['SUCCEEDED', 'FAILED'].includes(output.task_status),
  )
}

/** Makes a request a job and waits for its end. */
export async function awaitJob(asked: TestRequest): Promise<void> {
  const made = await askWhole({ ...asked, headers: { ...asked.headers, prefer: 'respond-async' } })
  if (made.status !== 202) throw new Error(`No job was made: ${made.status} ${made.text}`)
  const { id } = JSON.parse(made.text)
  await look<{ ended_at: string | null }>(asked, `/edge/jobs/${id}`, ({ ended_at: at }) => at !== null)
}

/** Uploads a file of requests to a model, has them run as a batch and waits for their end. */
export async function awaitBatch(address: string, key: string, model: string, lines: number): Promise<void> {
  const authorization = `Bearer ${key}`
  const all = Array.from({ length: lines }, (_, index) => line(`${index}`, { n: 1 + (index % 2) }, model))
  const uploaded = await fetch(address + FILES, {
    method: 'POST',
    headers: { authorization, 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
    body: form(part('purpose', 'batch'), part('file', all.join(''), 'requests.jsonl')),
  })
  const { id: file } = await json<{ id: string }>(uploaded)
  const body = { input_file_id: file, endpoint: '/v1/chat/completions', completion_window: '24h' }
  const made = await askWhole({ address, key, path: BATCHES, body })
  const { id } = JSON.parse(made.text)
  await look<{ status: string }>({ address, key }, `${BATCHES}/${id}`, ({ status }) => status === 'completed')
}

/** Looks at an address until what it answers is at its end. */
async function look<Shape>(
  { address, key }: Pick<TestRequest, 'address' | 'key'>,
  path: string,
  isEnd: (body: Shape) => boolean,
): Promise<void> {
  await until(`${path} has ended`, async () => {
    const response = await fetch(address + path, { headers: { authorization: `Bearer ${key}` } })
    return isEnd(await json<Shape>(response))
  })
}
