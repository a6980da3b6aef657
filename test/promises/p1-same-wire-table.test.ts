import { beforeAll, describe, expect, it } from 'vitest'
import { ENDPOINTS } from '../../src/dashscope/endpoint-table.ts'
import { namesStored, STORED_NAMES, type StoredIds, withIds } from '../fuzz/sample.ts'
import { SAMPLES } from '../fuzz/samples.ts'
import { pastCache } from '../harness/caller.ts'
import { json } from '../harness/plain-upstream.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { send } from '../harness/wire.ts'
import { BOUNDARY, form, line, part } from '../proxy/upload-rig.ts'

const rig = useGateway()

/** Everything that DashScope makes has this id, so that one response makes the caller own it as each kind of thing. */
const ID = 'i-1'
const IDS = Object.fromEntries(STORED_NAMES.map((name) => [name, ID])) as unknown as StoredIds

/** Odd spaces, escapes, a repeated key, numbers that JavaScript cannot hold, and members that no schema knows. */
const ODD = ` {"id" : "${ID}","id":"${ID}","n":12345678901234567890, "f":1.0e0,\r\n"t":"\\u4f60","x_unknown":[{}],
 "output":{"task_id":"${ID}","task_status":"RUNNING"},"data":{ "upload_dir":"${ID}","uploaded_files":[{"file_id":"${ID}"}]} }\n`

/** What is not relayed: made of several responses, made by the gateway, or a file. Each has tests of its own. */
function isAssembled({ isTranslated, ownership, customizes }: (typeof ENDPOINTS)[number]): boolean {
  return isTranslated === true || ownership?.action === 'list' || customizes !== undefined
}

const byName = new Map(ENDPOINTS.map((endpoint) => [endpoint.name, endpoint]))

/** Rows that p1-same-wire-endpoints does not have: look-ups, changes, and bodies that name something stored. Deletions come last. */
const samples = SAMPLES.filter((sample) => {
  const endpoint = byName.get(sample.name)
  if (!endpoint || isAssembled(endpoint) || endpoint.body === 'multipart' || endpoint.body === 'sdp')
    return false
  return endpoint.body === 'none' || sample.body === undefined || namesStored(sample)
}).toSorted((one, other) => Number(one.method === 'DELETE') - Number(other.method === 'DELETE'))

function call(method: string, path: string, headers: Record<string, string>, body?: string) {
  return send(rig.gateway.address, {
    method,
    path,
    headers: pastCache(rig.key, headers),
    ...(body && { body }),
  })
}

const JSON_TYPE = { 'content-type': 'application/json' }
const FORM_TYPE = { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` }

/** Makes one thing of each kind. */
async function makeAll(): Promise<void> {
  rig.upstream.answer(json(ODD))
  const image = { model: 'wan2.2-t2i-flash', input: { prompt: 'x' } }
  const batch = { input_file_id: ID, endpoint: '/v1/chat/completions', completion_window: '24h' }
  const responses = '/compatible-mode/v1/responses'
  for (const [path, body, headers] of [
    ['/api/v1/services/aigc/text2image/image-synthesis', image, { 'x-dashscope-async': 'enable' }],
    [responses, { model: 'qwen-plus', input: 'x' }, {}],
    [`/api/v2/apps/agent/app-1${responses}`, { input: 'x' }, {}],
    ['/compatible-mode/v1/conversations', {}, {}],
  ] as const) {
    const made = await call('POST', path, { ...JSON_TYPE, ...headers }, JSON.stringify(body))
    expect([path, made.status]).toEqual([path, 200])
  }
  const lines = form(part('purpose', 'batch'), part('file', line('1'), 'a.jsonl'))
  await call('POST', '/compatible-mode/v1/files', FORM_TYPE, lines)
  await call('POST', '/api/v1/files', FORM_TYPE, form(part('files', '{}', 'a.jsonl')))
  const made = await call('POST', '/compatible-mode/v1/batches', JSON_TYPE, JSON.stringify(batch))
  expect(made.status).toBe(200)
}

/** A body as no JSON library writes it, with members that no schema knows. */
function awkward(body: unknown): string {
  const text = withIds(JSON.stringify(body, null, 2), IDS)
  return `\r\n${text.replace('{', '{ "x_edge":1.50,"x_n":12345678901234567890,"x_t":"\\u4f60",')}\n`
}

/** The path of a sample, with the same id in every place. */
function pathOf({ name, path }: (typeof SAMPLES)[number]): string {
  const template = byName.get(name)?.pattern.template ?? ''
  const named = template
    .replace('{app}', 'app-1')
    .replace('{model}', 'qwen-plus')
    .replaceAll(/\{\w+\}/g, ID)
  const [, query] = path.split('?')
  return query === undefined ? named : `${named}?${query}`
}

beforeAll(makeAll)

describe('P1 every other endpoint relays the response byte for byte', () => {
  it.each(samples.map((sample) => [sample.name, sample] as const))('%s', async (_, sample) => {
    if (sample.method === 'DELETE') await makeAll()
    rig.upstream.answer(json(ODD, 200, { 'content-type': 'application/json; charset=utf-8' }))
    const path = pathOf(sample)
    const body = sample.body === undefined ? undefined : awkward(sample.body)
    const response = await call(sample.method, path, { ...sample.headers }, body)
    expect(response.text).toBe(ODD)
    expect(response.status).toBe(200)
    expect(response.headers['content-type']).toBe('application/json; charset=utf-8')
    const seen = rig.upstream.seen.at(-1)
    expect([seen?.target, seen?.body.toString()]).toEqual([path, body ?? ''])
  })

  it('No row of the table is left out.', () => {
    const inJson = SAMPLES.filter(({ headers }) => headers?.['content-type'] === 'application/json')
    const covered = new Set([...samples, ...inJson].map(({ name }) => name))
    const missing = ENDPOINTS.filter((endpoint) => !isAssembled(endpoint) && !covered.has(endpoint.name))
    // Forms and SDP: proxy/upload-http, p1-recorded-batches and proxy/webrtc-http compare their bytes.
    expect(missing.map(({ name }) => name)).toEqual(['webrtc', 'file-upload', 'native-file-upload'])
  })
})
