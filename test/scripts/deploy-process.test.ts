import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { expect, it, onTestFinished, vi } from 'vitest'
import { startDeployedWorker } from './deployed-worker.ts'
import type { FakeAccount } from './fake-wrangler.ts'
import { runScript } from './process.ts'

/** Two processes of Node.js for each command; a busy machine takes long to start one. */
vi.setConfig({ testTimeout: 60_000 })

it('Deploying runs processes: the secrets reach wrangler, and the key is printed.', async () => {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-account-'))
  const file = join(directory, 'account.json')
  const account = async (): Promise<FakeAccount> => JSON.parse(await readFile(file, 'utf8'))
  const worker = await startDeployedWorker(async () => (await account()).secrets?.ADMIN_TOKEN)
  onTestFinished(async () => {
    await worker.stop()
    await rm(directory, { recursive: true, force: true })
  })
  await writeFile(file, JSON.stringify({ calls: [], targets: [worker.address] }))
  const script = runScript('scripts/deploy.ts', {
    EDGE_WRANGLER: resolve('test/scripts/wrangler-process.ts'),
    FAKE_ACCOUNT: file,
    DASHSCOPE_API_KEY: 'sk-the-key',
  })
  expect(await script.ended).toBe(0)
  expect(script.stderr()).toBe('')
  expect(script.stdout()).toContain('Authorization: Bearer dse_issued')
  expect((await account()).secrets).toMatchObject({ DASHSCOPE_API_KEY: 'sk-the-key' })
})

it('An error is printed as its sentence without a stack, and the exit code is 1.', async () => {
  const script = runScript('scripts/deploy.ts', {}, ['--dryrun'])
  expect(await script.ended).toBe(1)
  expect(script.stderr()).toMatch(/^"--dryrun" is not an option\..*\n$/)
  expect(script.stdout()).toBe('')
})
