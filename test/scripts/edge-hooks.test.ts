import { mkdtemp, rm, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { setupText } from '../../scripts/edge/hook-setup.ts'
import { ADMIN_TOKEN, startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { edge } from './edge-tool.ts'

/** Tables fit into a terminal of this width. */
const COLUMNS = 100

let gateway: TestGateway
let directory: string

beforeAll(async () => {
  gateway = await startTestGateway({ WEBHOOK_ALLOW_LOOPBACK: 'on' })
  directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  await gateway.issueKey({ name: 'bots' })
})
afterAll(async () => {
  await gateway.stop()
  await rm(directory, { recursive: true, force: true })
})

function operate(...args: string[]) {
  const environment = {
    DASHSCOPE_EDGE_URL: gateway.address,
    ADMIN_TOKEN,
    HOOK_SECRET: 'from the environment',
  }
  return edge(environment, ...args)
}

function widest(text: string): number {
  return Math.max(...text.split('\n').map((line) => line.length))
}

describe('npm run edge -- hooks', () => {
  it('A hook is created from flags, with names in place of ids, and the command says where to enter its URL.', async () => {
    await operate(
      'presets',
      'create',
      '--key',
      'bots',
      '--name',
      'brief',
      '--model',
      'qwen-plus',
      '--prompt',
      '{{event.text}}',
    )
    const flags = ['--name', 'review', '--kind', 'github', '--key', 'bots', '--preset', 'brief']
    const created = await operate('hooks', 'create', ...flags, '--secret', 'secret=a secret of the tests')
    expect(created).toMatchObject({ code: 0, stderr: '' })
    expect(created.stdout).toMatch(/^preset +ps_/m)
    expect(created.stdout).toMatch(/http:\/\/127\.0\.0\.1:\d+\/edge\/hooks\/hk_\w{22}\/in/)
    expect(created.stdout).toContain('Webhooks > Add webhook')
    expect(created.stdout).not.toContain('a secret of the tests')
  })

  it('A hook is created from a file, and its secrets come from the environment.', async () => {
    const file = join(directory, 'hook.json')
    const fields = {
      name: 'from-file',
      kind: 'standard',
      key: 'bots',
      secrets: { secret: '$HOOK_SECRET' },
      prompt: { model: 'qwen-plus', user: 'From the file: {{event.text}}' },
    }
    await writeFile(file, JSON.stringify(fields))
    const created = await operate('hooks', 'create', '--file', file, '--system', 'Be brief.', '--json')
    expect(JSON.parse(created.stdout)).toMatchObject({
      prompt: { model: 'qwen-plus', system: 'Be brief.', user: 'From the file: {{event.text}}' },
      secrets: { secret: { set: true, last4: 'ment' } },
    })
    await writeFile(file, JSON.stringify({ ...fields, secrets: { secret: '$NOT_SET' } }))
    expect(await operate('hooks', 'create', '--file', file)).toMatchObject({
      code: 2,
      stderr: 'secrets.secret: the environment has no NOT_SET.\n',
    })
  })

  it('A hook is listed, changed, disabled, tested and deleted by its name.', async () => {
    const listed = await operate('hooks', 'list', '--key', 'bots')
    expect(listed.stdout).toMatch(/^hk_\w{22} +from-file +standard +key_[0-9a-f]{16} +qwen-plus +active$/m)
    expect(widest(listed.stdout)).toBeLessThanOrEqual(COLUMNS)
    const changed = await operate('hooks', 'change', 'from-file', '--model', 'qwen-max', '--event', 'order.*')
    expect(changed.stdout).toMatch(/^prompt\.model +qwen-max$/m)
    expect(changed.stdout).toMatch(/^prompt\.user +From the file: /m)
    expect(changed.stdout).toMatch(/^when\.events +order\.\*$/m)
    expect((await operate('hooks', 'disable', 'from-file')).stdout).toBe('from-file is disabled.\n')
    expect((await operate('hooks', 'list')).stdout).toMatch(/ from-file .* disabled$/m)
    expect((await operate('hooks', 'enable', 'from-file')).stdout).toBe('from-file is enabled.\n')
    const tested = await operate('hooks', 'test', 'from-file', '--text', 'hi')
    expect(tested.stdout).toMatch(/^prompt\.user +From the file: hi$/m)
    expect((await operate('hooks', 'delete', 'from-file')).code).toBe(2)
    expect((await operate('hooks', 'delete', 'from-file', '--yes')).stdout).toContain('was deleted')
    expect(await operate('hooks', 'show', 'from-file')).toMatchObject({
      code: 2,
      stderr: 'No hook is named "from-file". npm run edge -- hooks list shows them.\n',
    })
  })

  it('The demo shows the comment, its job and the response, and leaves no hook behind.', async () => {
    const { code, stdout } = await operate('hooks', 'demo', '--key', 'bots', '--text', 'What is 6*7?')
    expect(code).toBe(0)
    expect(stdout).toContain('Acknowledged  with 200')
    expect(stdout).toMatch(/^ +Job +job_\w{22}, charged to key_/m)
    expect(stdout).toContain('POST /repos/demo/repository/issues/1/comments')
    expect(stdout).toContain('6*7 = 42')
    expect((await operate('hooks', 'list')).stdout).not.toContain(' demo ')
  })

  it('The demo refuses a gateway on another machine.', async () => {
    const environment = { DASHSCOPE_EDGE_URL: 'https://gateway.example', ADMIN_TOKEN }
    expect(await edge(environment, 'hooks', 'demo')).toMatchObject({ code: 2, stdout: '' })
  })

  it('The events of a hook are listed within the width of a terminal, and one is replayed.', async () => {
    const { id } = JSON.parse((await operate('hooks', 'show', 'review', '--json')).stdout)
    const response = await fetch(`${gateway.address}/edge/hooks/${id}/in`, { method: 'POST', body: '{}' })
    expect(response.status).toBe(401)
    expect((await operate('hooks', 'events', 'review')).stdout).toBe('There are no such events.\n')
    expect(await operate('hooks', 'replay', 'review')).toMatchObject({
      code: 2,
      stderr: 'Which event? Add --event <event id>.\n',
    })
  })
})

describe('npm run edge -- presets', () => {
  it('A preset is listed, changed and deleted by its name.', async () => {
    await operate(
      'presets',
      'create',
      '--key',
      'bots',
      '--name',
      'long',
      '--model',
      'qwen-plus',
      '--prompt',
      '{{text}}',
    )
    const changed = await operate('presets', 'change', 'long', '--system', 'Write at length.')
    expect(changed.stdout).toMatch(/^system +Write at length\.$/m)
    const listed = await operate('presets', 'list')
    expect(listed.stdout).toMatch(/^ps_\w{22} +long +key_[0-9a-f]{16} +qwen-plus +chat-completions$/m)
    expect(widest(listed.stdout)).toBeLessThanOrEqual(COLUMNS)
    expect((await operate('presets', 'delete', 'long', '--yes')).stdout).toContain('was deleted')
    expect((await operate('presets', 'show', 'long')).code).toBe(2)
  })
})

describe('npm run edge -- jobs and deliveries', () => {
  it('Both commands take the name of a key, and their output fits into a terminal.', async () => {
    const { key } = await gateway.issueKey({ name: 'worker' })
    const made = await fetch(`${gateway.address}/compatible-mode/v1/chat/completions`, {
      method: 'POST',
      headers: {
        authorization: `Bearer ${key}`,
        'content-type': 'application/json',
        prefer: 'respond-async',
        'x-edge-webhook': 'http://127.0.0.1:1/a/long/path/that/does/not/matter/to/anyone',
      },
      body: JSON.stringify({ model: 'qwen-plus', messages: [{ role: 'user', content: '1+1' }] }),
    })
    const { id } = (await made.json()) as { id: string }
    const jobs = await operate('jobs', 'list', '--key', 'worker')
    expect(jobs.stdout).toMatch(
      new RegExp(`^${id} +call +\\w+ +qwen-plus +20\\d\\d-\\d\\d-\\d\\d \\d\\d:\\d\\d `, 'm'),
    )
    expect(widest(jobs.stdout)).toBeLessThanOrEqual(COLUMNS)
    expect((await operate('jobs', 'show', id, '--key', 'worker')).stdout).toMatch(/^model +qwen-plus$/m)
    let deliveries = await operate('deliveries', 'list', '--key', 'worker')
    for (let tries = 0; tries < 100 && !deliveries.stdout.includes('dlv_'); tries++)
      deliveries = await operate('deliveries', 'list', '--key', 'worker')
    expect(deliveries.stdout).toMatch(/^dlv_\w{22} +job\.succeeded +pending/m)
    expect(widest(deliveries.stdout)).toBeLessThanOrEqual(COLUMNS)
  })

  it('Both commands ask whose jobs are meant.', async () => {
    expect(await operate('jobs', 'list')).toMatchObject({
      code: 2,
      stderr: 'Whose jobs? Add --key <key id or name>.\n',
    })
  })
})

describe('the text after a hook was created', () => {
  it.each([
    ['dingtalk', 'https://edge.name.workers.dev/edge/hooks/hk_1/in', true],
    ['dingtalk', 'https://ai.example.com/edge/hooks/hk_1/in', false],
    ['github', 'https://edge.name.workers.dev/edge/hooks/hk_1/in', false],
  ])('The text for %s at %s warns of workers.dev: %s', (kind, address, warns) => {
    expect(setupText(kind, address).includes('workers.dev is blocked')).toBe(warns)
    expect(setupText(kind, address)).toContain(address)
  })
})
