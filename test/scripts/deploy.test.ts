import { existsSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type DeployedWorker, startDeployedWorker } from './deployed-worker.ts'
import { runScript } from './process.ts'

const KEY = 'sk-the-key-of-the-operator'
const TOKEN = 'the-token-of-the-operator'

let directory: string
let worker: DeployedWorker

beforeEach(async () => {
  directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-fake-'))
  worker = await startDeployedWorker(directory, 0)
})

afterEach(async () => {
  await worker.stop()
  await rm(directory, { recursive: true, force: true })
})

async function deploy(variables: Record<string, string> = {}, args: string[] = []) {
  const script = runScript(
    'scripts/deploy.ts',
    {
      EDGE_WRANGLER: resolve('test/scripts/fake-wrangler.ts'),
      FAKE_DIRECTORY: directory,
      FAKE_ADDRESS: worker.address,
      ...variables,
    },
    args,
  )
  const code = await script.ended
  return { code, stdout: script.stdout(), stderr: script.stderr() }
}

interface FakeCall {
  command: string
  args: string[]
  input: string
}

function calls(): FakeCall[] {
  const lines = readFileSync(join(directory, 'calls.ndjson'), 'utf8').trim().split('\n')
  return lines.map((line) => JSON.parse(line))
}

const commands = () => calls().map(({ command }) => command)
const secrets = () => JSON.parse(readFileSync(join(directory, 'secrets.json'), 'utf8'))

describe('npm run deploy, the first time', () => {
  it('checks, deploys, stores both secrets in one request and issues a key', async () => {
    const { code, stdout, stderr } = await deploy({ DASHSCOPE_API_KEY: KEY })
    expect(stderr).toBe('')
    expect(code).toBe(0)
    expect(commands()).toEqual(['bundle', 'whoami', 'secret list', 'deploy', 'secret bulk'])
    expect(secrets()).toEqual({
      DASHSCOPE_API_KEY: KEY,
      ADMIN_TOKEN: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(worker.issued).toEqual(['first key'])
    expect(stdout).toMatch(
      new RegExp(`^curl ${worker.address}/api/v1/.* 'Authorization: Bearer dse_issued'`, 'm'),
    )
    expect(stdout.split(secrets().ADMIN_TOKEN)).toHaveLength(2)
  })

  it('hands secrets over the standard input only, and shows none that it was given', async () => {
    const { stdout, stderr } = await deploy({ DASHSCOPE_API_KEY: KEY, ADMIN_TOKEN: TOKEN })
    expect(secrets()).toEqual({ DASHSCOPE_API_KEY: KEY, ADMIN_TOKEN: TOKEN })
    for (const secret of [KEY, TOKEN]) {
      expect(JSON.stringify(calls().map(({ args }) => args))).not.toContain(secret)
      expect(stdout + stderr).not.toContain(secret)
    }
  })

  it('waits until the new address answers', async () => {
    await worker.stop()
    worker = await startDeployedWorker(directory, 2)
    expect((await deploy({ DASHSCOPE_API_KEY: KEY })).code).toBe(0)
    expect(worker.issued).toEqual(['first key'])
  })

  it('ends with what makes requests fail, and with nothing else', async () => {
    worker.findings.push(
      { check: 'keys', ok: true, says: 'KEYS works.' },
      { check: 'dashscope', ok: false, says: 'The key is one of Singapore.', fix: 'Store another.' },
    )
    const { code, stdout } = await deploy({ DASHSCOPE_API_KEY: KEY })
    expect(code).toBe(0)
    expect(stdout).toMatch(/\nbroken +dashscope +The key is one of Singapore\.\n +→ Store another\.\n$/)
    expect(stdout).not.toContain('KEYS works.')
  })

  it('says how to call a Worker that has routes only', async () => {
    const { code, stdout } = await deploy({ DASHSCOPE_API_KEY: KEY, FAKE_ADDRESS: '' })
    expect(code).toBe(0)
    expect(stdout).toContain('call it by one of the routes in wrangler.toml')
    expect(stdout).toContain(secrets().ADMIN_TOKEN)
  })
})

describe('npm run deploy, again', () => {
  it('changes no secret and issues no second key', async () => {
    await deploy({ DASHSCOPE_API_KEY: KEY, ADMIN_TOKEN: TOKEN })
    const before = secrets()
    const { code, stdout } = await deploy({ DASHSCOPE_API_KEY: 'sk-another', ADMIN_TOKEN: TOKEN })
    expect(code).toBe(0)
    expect(commands().slice(5)).toEqual(['bundle', 'whoami', 'secret list', 'deploy'])
    expect(secrets()).toEqual(before)
    expect(worker.issued).toEqual(['first key'])
    expect(stdout).toContain('Left as they are: DASHSCOPE_API_KEY, ADMIN_TOKEN.')
  })

  it('needs neither secret, and then says how to issue keys', async () => {
    await deploy({ DASHSCOPE_API_KEY: KEY })
    const { code, stdout } = await deploy()
    expect(code).toBe(0)
    expect(stdout).toContain(
      `\nDASHSCOPE_EDGE_URL=${worker.address} npm run edge -- keys create --name web\n`,
    )
  })

  it('finishes what a failure left undone', async () => {
    const failed = await deploy({ DASHSCOPE_API_KEY: KEY, FAKE_FAULT: 'bulk' })
    expect(failed.code).toBe(1)
    expect(failed.stderr).toContain('"wrangler secret bulk" failed:')
    expect(failed.stderr).not.toContain(KEY)
    expect((await deploy({ DASHSCOPE_API_KEY: KEY })).code).toBe(0)
    expect(worker.issued).toEqual(['first key'])
  })

  it('says that the token in the environment is another one', async () => {
    await deploy({ DASHSCOPE_API_KEY: KEY })
    const { code, stderr } = await deploy({ ADMIN_TOKEN: TOKEN })
    expect(code).toBe(1)
    expect(stderr).toContain('no client key was issued: The admin token is wrong.')
  })
})

describe('npm run deploy, when something is missing', () => {
  it.each([
    ['a login', { FAKE_FAULT: 'whoami' }, /^You are not logged in to Cloudflare\. Run "npx wrangler login"/],
    ['the network', { FAKE_FAULT: 'network' }, /^"wrangler whoami" failed:\n.*Cloudflare API failed/],
    [
      'the DashScope key',
      { DASHSCOPE_API_KEY: '' },
      /^DASHSCOPE_API_KEY is not set, and there is no terminal/,
    ],
    ['a long token', { ADMIN_TOKEN: 'short' }, /^ADMIN_TOKEN must have at least 16 characters\./],
    [
      'a token that can be sent',
      { ADMIN_TOKEN: 'sixteen-letters,or-more' },
      /^The gateway is not set up: ADMIN_TOKEN must have no comma .* Nothing was deployed\.$/m,
    ],
    ['a module', { FAKE_FAULT: 'bundle' }, /Could not resolve "nothing"/],
    ['room', { FAKE_MODULE_BYTES: '90000' }, /^The module has 9\d\.\d kB gzipped; the limit is 7\d\.0 kB\./],
  ])('stops before it changes anything for want of %s', async (_what, variables, sentence) => {
    const { code, stderr } = await deploy({ DASHSCOPE_API_KEY: KEY, ...variables })
    expect(code).toBe(1)
    expect(stderr).toMatch(sentence)
    expect(stderr).not.toContain('    at ')
    expect(commands()).not.toContain('deploy')
    expect(existsSync(join(directory, 'secrets.json'))).toBe(false)
  })

  it('stores nothing when wrangler does not deploy', async () => {
    const { code, stderr } = await deploy({ DASHSCOPE_API_KEY: KEY, FAKE_FAULT: 'deploy' })
    expect(code).toBe(1)
    expect(stderr).toContain('You need to register a workers.dev subdomain')
    expect(commands().at(-1)).toBe('deploy')
  })
})

describe('npm run deploy -- --help', () => {
  it.each([[['--help']], [['-h']], [['--dry-run', '--help']]])(
    'says what it would do for %j, and does nothing',
    async (args) => {
      const { code, stdout } = await deploy({}, args)
      expect(code).toBe(0)
      expect(stdout).toMatch(/^npm run deploy puts.*2\. deploy the Worker.*--dry-run/s)
      expect(existsSync(join(directory, 'calls.ndjson'))).toBe(false)
    },
  )
})

describe('npm run deploy -- --dry-run', () => {
  it('bundles, measures and needs no account', async () => {
    const { code, stdout } = await deploy({ FAKE_FAULT: 'whoami' }, ['--dry-run'])
    expect(code).toBe(0)
    expect(commands()).toEqual(['bundle'])
    expect(stdout).toMatch(/^The module has 1\.\d kB gzipped/)
  })

  it('deploys nothing either where npm kept --dry-run to itself', async () => {
    const { code, stdout } = await deploy({ DASHSCOPE_API_KEY: KEY, npm_config_dry_run: 'true' })
    expect(code).toBe(0)
    expect(commands()).toEqual(['bundle'])
    expect(stdout).toContain('Without --dry-run this command would now')
  })

  it('refuses what it does not know, before anything else', async () => {
    const { code, stderr } = await deploy({}, ['--dryrun'])
    expect(code).toBe(1)
    expect(stderr).toMatch(/^"--dryrun" means nothing here\. The one option is --dry-run/)
    expect(existsSync(join(directory, 'calls.ndjson'))).toBe(false)
  })
})
