import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import type { SecretRecord } from '../../src/jobs/ledger/signing-secrets.ts'
import { json } from '../harness/caller.ts'
import { ADMIN_TOKEN, startTestGateway } from '../harness/gateway.ts'

it('Acceptance test 17: No file of the storage holds a signing secret, which is the same after a restart.', async () => {
  const persist = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  const headers = { authorization: `Bearer ${ADMIN_TOKEN}` }
  const secretOf = async (key: string) => {
    const gateway = await startTestGateway({}, { persist })
    const id = key || (await gateway.issueKey()).id
    const response = await fetch(`${gateway.address}/edge/jobs/secret?key=${id}`, { headers })
    const { secrets } = await json<{ secrets: SecretRecord[] }>(response)
    await gateway.stop()
    return { id, secret: secrets[0]?.secret ?? '' }
  }
  const { id, secret } = await secretOf('')
  expect(secret).toMatch(/^whsec_.{44}$/)
  const files = (await readdir(persist, { recursive: true, withFileTypes: true })).filter((file) =>
    file.isFile(),
  )
  expect(files.some(({ name }) => name.includes('.sqlite'))).toBe(true)
  for (const { parentPath, name } of files) {
    const bytes = await readFile(join(parentPath, name), 'latin1')
    expect(bytes.includes(secret.slice('whsec_'.length)), name).toBe(false)
  }
  expect((await secretOf(id)).secret).toBe(secret)
  await rm(persist, { recursive: true, force: true })
})
