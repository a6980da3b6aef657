import { readFileSync } from 'node:fs'
import type { ServerResponse } from 'node:http'
import { beforeAll, describe, expect, it } from 'vitest'
import { useGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'
import { BOUNDARY, FILES, form, line, part } from '../proxy/upload-rig.ts'

const BATCHES = '/compatible-mode/v1/batches'
const NATIVE_FILES = '/api/v1/files'
const INPUT = 'file-batch-c015426ce301481bb13c76b4'

const rig = useGateway({ BATCH_CALLBACKS: 'on', TASK_POLL_QPS: '1' })

interface Recording {
  method: string
  /** Path and query. */
  target: string
  status: number
  type: string | undefined
  body: Buffer
}

function recordingOf(name: string): Recording {
  const file = (part: string) => `test/recordings/${name}.${part}`
  const [, method = '', url = ''] =
    /^(\w+) (\S+)/.exec(readFileSync(file('request.header.txt'), 'utf8')) ?? []
  const head = readFileSync(file('response.header.txt'), 'utf8')
  const { pathname, search } = new URL(url, 'https://dashscope.aliyuncs.com')
  return {
    method,
    target: pathname + search,
    status: Number(/ (\d{3}) /.exec(head)?.[1]),
    type: /^content-type: (.*)$/im.exec(head)?.[1],
    body: readFileSync(file('response.body.txt')),
  }
}

/** Recorded in their own sequence: what is deleted comes last. */
const SINGLE = [
  'get-inprogress-batch-compatible-nosse',
  'cancel-batch-compatible-nosse',
  'get-cancelled-batch-compatible-nosse',
  'get-invalid-batch-compatible-nosse',
  'get-completed-batch-compatible-nosse',
  'get-file-content-compatible-nosse',
  'get-file-compatible-nosse',
  'get-file-nosse',
  'delete-file-compatible-nosse',
  'delete-file-nosse',
]

/** Lists are made of the caller's own files and batches, so only their content can be compared. */
const LISTS = [
  'list-batches-search-ds-name-compatible-nosse',
  'list-batches-search-ds-name-second-page-compatible-nosse',
  'list-batches-search-status-compatible-nosse',
  'list-batches-filter-by-time-compatible-nosse',
  'list-batches-filter-by-input-file-id-compatible-nosse',
]

/** The batches of the account when the lists were recorded, oldest first, as the lists show them. */
const batches = (() => {
  const bodies = LISTS.map((name) => JSON.parse(recordingOf(name).body.toString('utf8')))
  const all: { id: string; created_at: number }[] = bodies.flatMap(({ data }) => data)
  const byId = new Map(all.map((batch) => [batch.id, batch]))
  return [...byId.values()].sort((one, other) => one.created_at - other.created_at)
})()

function respondWith(
  response: ServerResponse,
  { status, type, body }: Omit<Recording, 'method' | 'target'>,
): void {
  response.writeHead(status, { ...(type !== undefined && { 'content-type': type }) }).end(body)
}

const inJson = (value: unknown) => ({
  status: 200,
  type: 'application/json',
  body: Buffer.from(JSON.stringify(value)),
})

/** Answers each path with the recording of it; what the test makes is answered by `made`. */
function respondAs(recorded: Recording | undefined, made?: unknown): void {
  rig.upstream.answer((response, { method, target }) => {
    if (recorded && method === recorded.method && target === recorded.target)
      return respondWith(response, recorded)
    if (method !== 'GET' && made !== undefined) return respondWith(response, inJson(made))
    const batch = batches.find(({ id }) => target === `${BATCHES}/${id}`)
    return respondWith(response, inJson(batch ?? { id: 'other' }))
  })
}

function ask(
  { method, target }: Pick<Recording, 'method' | 'target'>,
  body?: string,
  type = 'application/json',
  key = rig.key,
) {
  const headers = { authorization: `Bearer ${key}`, ...(body !== undefined && { 'content-type': type }) }
  return send(rig.gateway.address, { method, path: target, headers, ...(body !== undefined && { body }) })
}

async function upload(target: string, body: string, made: unknown, key = rig.key): Promise<void> {
  respondAs(undefined, made)
  const type = `multipart/form-data; boundary=${BOUNDARY}`
  const response = await ask({ method: 'POST', target }, body, type, key)
  expect(response.status, response.text).toBe(200)
}

/** Makes a key that has uploaded files with these ids, oldest first. */
async function owner(target: string, ids: readonly string[]): Promise<string> {
  const { key } = await rig.gateway.issueKey()
  const isNative = target === NATIVE_FILES
  for (const id of ids) {
    const made = isNative ? { data: { uploaded_files: [{ file_id: id }] } } : { id, object: 'file' }
    const body = isNative
      ? form(part('files', 'x', 'a.txt'))
      : form(part('purpose', 'file-extract'), part('file', 'x', 'a.txt'))
    await upload(target, body, made, key)
  }
  return key
}

const requests = form(part('purpose', 'batch'), part('file', line('1'), 'a.jsonl'))

beforeAll(async () => {
  await upload(FILES, requests, { id: INPUT, object: 'file' })
  const asked = { input_file_id: INPUT, endpoint: '/v1/chat/completions', completion_window: '24h' }
  for (const batch of batches) {
    respondAs(undefined, { ...batch, status: 'validating', output_file_id: null, error_file_id: null })
    const made = await ask({ method: 'POST', target: BATCHES }, JSON.stringify(asked))
    expect(made.status, made.text).toBe(200)
  }
  for (const name of ['get-file-compatible-nosse', 'get-file-nosse']) {
    const { target } = recordingOf(name)
    const [folder, id] = [target.slice(0, target.lastIndexOf('/')), target.slice(target.lastIndexOf('/') + 1)]
    const isNative = folder === NATIVE_FILES
    const made = isNative ? { data: { uploaded_files: [{ file_id: id }] } } : { id, object: 'file' }
    const body = isNative
      ? form(part('files', 'x', 'a.txt'))
      : form(part('purpose', 'file-extract'), part('file', 'x', 'a.txt'))
    await upload(folder, body, made)
  }
})

describe('lists of batches are as they were recorded', () => {
  it.each(LISTS)('%s', async (name) => {
    const recorded = recordingOf(name)
    respondAs(undefined)
    const response = await ask(recorded)
    expect(JSON.parse(response.text)).toEqual(JSON.parse(recorded.body.toString('utf8')))
  })
})

describe('lists of files are as they were recorded', () => {
  it('A page of a compatible list after an id has the recorded files.', async () => {
    const recorded = recordingOf('list-files-compatible-nosse')
    const list = JSON.parse(recorded.body.toString('utf8')) as { data: { id: string }[] }
    const after = new URLSearchParams(recorded.target.split('?')[1]).get('after') ?? ''
    const key = await owner(FILES, [...list.data.map(({ id }) => id).reverse(), after])
    rig.upstream.answer((response, { target }) =>
      respondWith(response, inJson(list.data.find(({ id }) => target === `${FILES}/${id}`))),
    )
    const answer = await ask(recorded, undefined, undefined, key)
    expect(JSON.parse(answer.text)).toEqual(list)
  })

  it('A page of a native list has the recorded files and their total number.', async () => {
    const recorded = recordingOf('list-files-nosse')
    const list = JSON.parse(recorded.body.toString('utf8')) as {
      data: { total: number; files: { file_id: string }[] }
    }
    const { total, files } = list.data
    const others = Array.from({ length: total - files.length }, (_, index) => `other-${index}`)
    const key = await owner(NATIVE_FILES, [...others, ...files.map(({ file_id }) => file_id).reverse()])
    rig.upstream.answer((response, { target }) => {
      const data = files.find(({ file_id }) => target === `${NATIVE_FILES}/${file_id}`)
      respondWith(response, inJson({ data, request_id: 'r' }))
    })
    const answer = await ask(recorded, undefined, undefined, key)
    expect(JSON.parse(answer.text)).toEqual({ ...list, request_id: expect.any(String) })
  })
})

describe('P1 recorded batches and files come back byte for byte', () => {
  it('A recorded request that makes a batch passes with its response.', async () => {
    const name = 'create-batch-compatible-nosse'
    const recorded = recordingOf(name)
    const body = readFileSync(`test/recordings/${name}.request.body.json`, 'utf8')
    await upload(FILES, requests, { id: JSON.parse(body).input_file_id, object: 'file' })
    respondAs(recorded)
    const response = await ask(recorded, body)
    expect(response.body.equals(recorded.body)).toBe(true)
    expect(rig.upstream.seen.findLast(({ method }) => method === 'POST')?.body.toString('utf8')).toBe(body)
  })

  it('A recorded upload in which one file was refused is relayed.', async () => {
    const recorded = recordingOf('upload-file-nosse')
    respondAs(recorded)
    const type = `multipart/form-data; boundary=${BOUNDARY}`
    const response = await ask(recorded, form(part('files', 'x', 'test2.txt')), type)
    expect(response.body.equals(recorded.body)).toBe(true)
  })

  it.each(SINGLE)('%s', async (name) => {
    const recorded = recordingOf(name)
    respondAs(recorded)
    const response = await ask(recorded)
    expect(response.status, response.text).toBe(recorded.status)
    expect(response.body.equals(recorded.body)).toBe(true)
    if (recorded.type !== undefined) expect(response.headers['content-type']).toBe(recorded.type)
  })
})
