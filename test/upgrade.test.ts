import { mkdtemp, readdir, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import type { SecretRecord } from '../src/jobs/ledger/signing-secrets.ts'
import { CHAT, chatBody, json } from './harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from './harness/gateway.ts'
import { SCHEMA_0_2_0 } from './jobs/ledger/released-schema.ts'
import { SCHEMA_0_1_0, usageRow0 } from './meter/object/released-schemas.ts'

const PLAIN_SECRET = `whsec_${Buffer.from('thirty-two bytes of an old secret').toString('base64')}`

/** The databases of a class's objects. */
async function databasesOf(directory: string, name: string): Promise<string[]> {
  const files = await readdir(directory, { recursive: true })
  return files
    .filter((file) => file.includes(name) && /[0-9a-f]{64}\.sqlite$/.test(file))
    .map((file) => join(directory, file))
}

/** Gives an object the tables and rows of a released version in place of its own. */
function putBack(file: string, statements: readonly string[]): void {
  const database = new DatabaseSync(file)
  const tables =
    database.prepare(`SELECT name FROM sqlite_master WHERE type = 'table' AND name NOT LIKE '\\_cf%' ESCAPE '\\'
    AND name NOT LIKE 'sqlite%'`)
  for (const { name } of tables.all()) database.exec(`DROP TABLE "${name}"`)
  for (const statement of statements) database.exec(statement)
  database.close()
}

it('An existing deployment upgrades without losing keys, usage, cache, endpoints or signing secrets.', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  const start = () => startTestGateway({}, { persist: directory })
  const ask = (gateway: TestGateway, credential: string, path: string, body?: unknown) =>
    fetch(gateway.address + path, {
      method: body === undefined ? 'GET' : 'POST',
      headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
      ...(body !== undefined && { body: JSON.stringify(body) }),
    })
  const question = chatBody('qwen-plus', 'What is 6*7?')

  const before = await start()
  const { id, key } = await before.issueKey({ models: ['qwen-*'], limits: { requests_per_minute: 100 } })
  const first = await (await ask(before, key, CHAT, question)).text()
  await ask(before, key, '/edge/jobs/secret')
  await before.stop()

  // What 0.1.0 and 0.2.0 have left: keys in KV alone, a meter without versions, a ledger with a secret in plain text.
  for (const file of await databasesOf(directory, 'Registry')) await rm(file)
  for (const file of await databasesOf(directory, 'Meter'))
    putBack(file, [...SCHEMA_0_1_0, usageRow0('2026-11-24', 'qwen-plus', '')])
  for (const file of await databasesOf(directory, 'Ledger'))
    putBack(file, [
      ...SCHEMA_0_2_0,
      `INSERT INTO secrets (owner, secret, created_ms) VALUES ('', '${PLAIN_SECRET}', 1)`,
      `INSERT INTO endpoints VALUES ('ep_old', 'https://receiver.example.com/', '["*"]', 0, 'fat', 1, NULL, NULL)`,
    ])

  const after = await start()
  const again = await ask(after, key, CHAT, question)
  expect([again.status, await again.text()]).toEqual([200, first])
  expect(await after.calls()).toEqual([])
  expect((await ask(after, key, CHAT, chatBody('other-model', 'x'))).status).toBe(403)
  const { keys } = await json<{ keys: { id: string }[] }>(await ask(after, ADMIN_TOKEN, '/edge/keys'))
  expect(keys.map((each) => each.id)).toEqual([id])
  const usage = await ask(after, key, '/edge/usage?from=2026-11-24&to=2026-11-24')
  expect((await json<{ total: object }>(usage)).total).toMatchObject({ requests: 3, input_tokens: 100 })
  const { secrets } = await json<{ secrets: SecretRecord[] }>(await ask(after, key, '/edge/jobs/secret'))
  expect(secrets.map(({ secret }) => secret)).toEqual([PLAIN_SECRET])
  const endpoints = await json<{ data: { id: string }[] }>(await ask(after, key, '/edge/jobs/endpoints'))
  expect(endpoints.data.map((each) => each.id)).toEqual(['ep_old'])
  await after.stop()
  await rm(directory, { recursive: true, force: true })
})
