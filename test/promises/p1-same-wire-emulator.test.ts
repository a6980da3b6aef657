import { readdirSync, readFileSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { send, type WireResponse } from '../harness/wire.ts'

interface Sample {
  name: string
  path: string
  headers: Record<string, string>
  body: unknown
}

const FOLDER = 'test/seeds'
const samples: Sample[] = readdirSync(FOLDER).map((file) =>
  JSON.parse(readFileSync(`${FOLDER}/${file}`, 'utf8')),
)

let gateway: TestGateway
let key: string
let fileId: string

beforeAll(async () => {
  gateway = await startTestGateway({ CACHE_TTL_SECONDS: '0' })
  key = (await gateway.issueKey()).key
  fileId = await upload()
})
afterAll(() => gateway.stop())

// The document samples name a file by a placeholder; here it is one that the key has uploaded.
describe('P1 a sample gets the same response through the gateway and without it', () => {
  it.each(samples.map((sample) => [sample.name, sample] as const))(
    'The sample %s gets the same response.',
    async (_, sample) => {
      const body = JSON.stringify(sample.body).replaceAll('{FILE_ID}', fileId)
      const through = await ask(gateway.address, key, sample, body)
      const direct = await ask(inject('emulatorAddress'), gateway.apiKey, sample, body)
      expect(through.status, through.text).toBe(200)
      expect(direct.status).toBe(through.status)
      expect(through.headers['content-type']).toBe(direct.headers['content-type'])
      expect(withoutIds(through.text)).toBe(withoutIds(direct.text))
      const [first, second] = (await gateway.calls()).slice(-2)
      expect(first?.body).toBe(body)
      expect(first?.path).toBe(second?.path)
      expect(first?.query).toBe('')
    },
  )
})

async function upload(): Promise<string> {
  const form = new FormData()
  form.set('purpose', 'file-extract')
  form.set('file', new Blob(['Whales are mammals.']), 'whales.txt')
  const response = await fetch(`${gateway.address}/compatible-mode/v1/files`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}` },
    body: form,
  })
  return ((await response.json()) as { id: string }).id
}

function ask(address: string, key: string, { path, headers }: Sample, body: string): Promise<WireResponse> {
  return send(address, {
    method: 'POST',
    path,
    headers: { ...headers, authorization: `Bearer ${key}` },
    body,
  })
}

/** Each answer has a name of its own, and so has each call of a tool. */
function withoutIds(text: string): string {
  return text
    .replaceAll(/[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}/g, 'ID')
    .replaceAll(/call_[0-9a-f]{22}/g, 'CALL')
}
