import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { edge } from './edge-tool.ts'
import { runScript } from './process.ts'

/** Starting Node.js takes a busy machine seconds. */
const SLOW = { timeout: 60_000 }

let gateway: TestGateway
let state: string

beforeAll(async () => {
  gateway = await startTestGateway()
  state = await mkdtemp(join(tmpdir(), 'dashscope-edge-state-'))
})

afterAll(async () => {
  await gateway?.stop()
  await rm(state, { recursive: true, force: true })
})

function operate(...args: string[]) {
  return edge({ DASHSCOPE_EDGE_URL: gateway.address, ADMIN_TOKEN }, ...args)
}

async function create(...flags: string[]): Promise<{ id: string; key: string }> {
  const { stdout } = await operate('keys', 'create', '--name', 'web', '--json', ...flags)
  return JSON.parse(stdout)
}

async function show(id: string): Promise<Record<string, unknown>> {
  return JSON.parse((await operate('keys', 'show', id, '--json')).stdout)
}

async function statusOf(key: string): Promise<number> {
  const response = await fetch(`${gateway.address}/compatible-mode/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify({ model: 'qwen-plus', messages: [{ role: 'user', content: 'Hello' }] }),
  })
  await response.arrayBuffer()
  return response.status
}

describe('npm run edge', () => {
  it('The command runs as a process and exits with the code of the command.', SLOW, async () => {
    const environment = { DASHSCOPE_EDGE_URL: gateway.address, ADMIN_TOKEN }
    const [listed, refused] = [
      runScript('scripts/edge.ts', environment, ['keys', 'list']),
      runScript('scripts/edge.ts', environment, ['keys', 'shwo']),
    ]
    expect(await listed.ended).toBe(0)
    expect(listed.stderr()).toBe('')
    expect(await refused.ended).toBe(2)
    expect(refused.stdout()).toBe('')
  })

  it('A key that works is issued, shown once and revoked.', async () => {
    const created = await operate('keys', 'create', '--name', 'web', '--models', 'qwen-*')
    expect(created).toMatchObject({ code: 0, stderr: '' })
    const [key = ''] = created.stdout.split('\n')
    expect(created.stdout).toContain('shown only once')
    expect(await statusOf(key)).toBe(200)

    const [id = ''] = /key_[0-9a-f]{16}/.exec(created.stdout) ?? []
    const [listed, shown] = await Promise.all([operate('keys', 'list'), operate('keys', 'show', id)])
    expect(listed.stdout).toMatch(new RegExp(`^${id} +web .* qwen-\\*`, 'm'))
    expect(shown.stdout).toMatch(/^models +qwen-\*$/m)
    expect(listed.stdout + shown.stdout).not.toContain(key)

    const revoked = await operate('keys', 'revoke', id, '--yes')
    expect(revoked).toMatchObject({ code: 0, stdout: expect.stringContaining(`${id} was revoked`) })
    expect(await statusOf(key)).toBe(401)
    expect(await operate('keys', 'show', id)).toMatchObject({ code: 1, stdout: '' })
  })

  it('A key is found by its name, disabled, enabled, and revoked after a question.', async () => {
    const { id, key } = JSON.parse(
      (await operate('keys', 'create', '--name', 'by-name', '--budget-day', '5000', '--json')).stdout,
    )
    const shown = await operate('keys', 'show', 'by-name')
    expect(shown.stdout).toMatch(/^left\.tokens_per_day +5000$/m)
    expect((await operate('keys', 'disable', 'by-name')).stdout).toContain('by-name is disabled')
    expect(await statusOf(key)).toBe(401)
    expect((await operate('keys', 'list')).stdout).toMatch(new RegExp(`^${id} +by-name +disabled `, 'm'))
    expect((await operate('keys', 'enable', 'by-name')).code).toBe(0)
    expect(await statusOf(key)).toBe(200)
    const asked = await operate('keys', 'revoke', 'by-name')
    expect(asked).toMatchObject({
      code: 2,
      stderr: expect.stringMatching(/^Revoke key_.* \(by-name\) permanently\?.*--yes/),
    })
    expect(await statusOf(key)).toBe(200)
    expect((await operate('keys', 'revoke', 'by-name', '--yes')).code).toBe(0)
    expect(await operate('keys', 'show', 'by-name')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('No client key is named "by-name"'),
    })
  })

  it('A name that two keys have is refused, and their ids are listed.', async () => {
    const ids = await Promise.all(
      [1, 2].map(
        async () => JSON.parse((await operate('keys', 'create', '--name', 'twin', '--json')).stdout).id,
      ),
    )
    const { code, stderr } = await operate('purge', 'twin')
    expect(code).toBe(2)
    for (const id of ids) expect(stderr).toContain(id)
  })

  it('A report names keys, and --key takes a name.', async () => {
    const { key } = JSON.parse((await operate('keys', 'create', '--name', 'reported', '--json')).stdout)
    expect(await statusOf(key)).toBe(200)
    const report = async () => (await operate('usage', '--by', 'key', '--key', 'reported')).stdout
    await expect.poll(report, { timeout: 5000 }).toMatch(/^key_[0-9a-f]{16} +reported +1 /m)
  })

  it('ADMIN_TOKEN is rotated for a deployment only, and the command says how for a gateway on this machine.', async () => {
    const { code, stderr } = await operate('keys', 'rotate-admin', '--yes')
    expect(code).toBe(2)
    expect(stderr).toContain('set ADMIN_TOKEN to a new value and ADMIN_TOKEN_PREVIOUS to the old one')
  })

  it('A key gets what its flags name.', async () => {
    const flags = '--origin https://a.example --origin https://b.example --cache-ttl 120 --cache-scope shared'
    const { id } = await create(
      ...flags.split(' '),
      '--endpoints',
      'chat-completions',
      '--expires',
      '2099-01-31',
    )
    expect(await show(id)).toMatchObject({
      name: 'web',
      origins: ['https://a.example', 'https://b.example'],
      expires_at: '2099-01-31T00:00:00Z',
      cache: { ttl_seconds: 120, scope: 'shared' },
    })
  })

  it('A change sets the named fields, keeps the rest and removes what --no-… names.', async () => {
    const flags = '--models qwen-* --rpm 60 --money-day 5 --no-search --unmetered'
    const { id } = await create(...flags.split(' '))
    const change = '--rpm 90 --no-models --search --metered --cache-scope shared'
    const changed = await operate('keys', 'change', id, ...change.split(' '))
    expect(changed).toMatchObject({ code: 0, stdout: expect.stringMatching(/requests_per_minute +90$/m) })
    const record = await show(id)
    expect(record).toMatchObject({ name: 'web', cache: { scope: 'shared' } })
    expect(record.limits).toEqual({ requests_per_minute: 90, money_per_day: 5 })
    for (const gone of ['models', 'caps', 'metered']) expect(record).not.toHaveProperty(gone)
  })

  it('The usage of a key is reported.', async () => {
    const { id, key } = await create()
    expect(await statusOf(key)).toBe(200)
    const report = () => operate('usage', '--by', 'model', '--key', id)
    // The usage is settled after the answer, so that no caller waits for it.
    await expect.poll(async () => (await report()).stdout, { timeout: 5000 }).toMatch(/^qwen-plus +1 /m)
    expect(await report()).toMatchObject({ code: 0, stdout: expect.stringMatching(/^total +1 /m) })
  })

  it('A purge of a key names the keys that shared its responses.', async () => {
    const { id } = await create()
    const { code, stdout } = await operate('purge', id)
    expect(stdout).toContain(id)
    expect(code).toBe(0)
  })

  it('When the gateway refuses, the command prints its sentence and exits with 1.', async () => {
    const refused = await operate('keys', 'create', '--name', 'web', '--endpoints', 'nonsense')
    expect(refused).toMatchObject({
      code: 1,
      stdout: '',
      stderr: expect.stringMatching(/^--endpoints \(entry 1\): expected /),
    })
    const unknown = await operate('purge', 'key_0123456789abcdef')
    expect(unknown).toMatchObject({
      code: 1,
      stderr: expect.stringMatching(/^There is no client key .* npm run edge -- keys list shows them\.\n$/),
    })
    const variables = { DASHSCOPE_EDGE_URL: gateway.address, ADMIN_TOKEN: 'the-token-of-another-gateway' }
    expect(await edge(variables, 'keys', 'list')).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('The admin token is wrong'),
    })
  })

  it('When the command line is wrong, the command exits with 2.', async () => {
    const ended = await operate('keys', 'create', '--rmp', '5')
    expect(ended).toMatchObject({ code: 2, stdout: '', stderr: expect.stringContaining("'--rmp'") })
  })

  it('The token that npm start keeps is used for a gateway on this machine, and for no other.', async () => {
    await writeFile(join(state, 'admin-token'), `${ADMIN_TOKEN}\n`)
    const local = { DASHSCOPE_EDGE_URL: gateway.address, EDGE_STATE_DIRECTORY: state }
    expect(await edge(local, 'keys', 'list')).toMatchObject({ code: 0 })
    const foreign = { DASHSCOPE_EDGE_URL: 'https://gateway.example', EDGE_STATE_DIRECTORY: state }
    expect(await edge(foreign, 'keys', 'list')).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('ADMIN_TOKEN is not set'),
    })
  })

  it('A redirect is not followed with the token.', async () => {
    let visits = 0
    const server = createServer((_, response) => {
      visits += 1
      response.writeHead(302, { location: '/edge/keys' }).end()
    })
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const { port } = server.address() as AddressInfo
    const ended = await edge({ DASHSCOPE_EDGE_URL: `http://127.0.0.1:${port}`, ADMIN_TOKEN }, 'keys', 'list')
    server.close()
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('answered 302') })
    expect(visits).toBe(1)
  })
})
