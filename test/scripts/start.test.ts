import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm, stat } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { readSettings } from '../../scripts/settings.ts'
import { createShutdown } from '../../scripts/start/shutdown.ts'
import { start as startHere } from '../../scripts/start/start.ts'
import { hasCommands } from '../harness/commands.ts'
import { type RunningScript, runScript } from './process.ts'

/** Three processes for each start; a busy machine takes long for them. */
const START_MS = 60_000

let state: string
const started: RunningScript[] = []

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'dashscope-edge-state-'))
})

afterAll(async () => {
  for (const script of started) script.signal('SIGKILL')
  await rm(state, { recursive: true, force: true })
})

function start(variables: Record<string, string> = {}): RunningScript {
  const script = runScript('scripts/start.ts', { EDGE_STATE_DIRECTORY: state, ...variables })
  started.push(script)
  return script
}

async function paste(command: string): Promise<string> {
  return (await promisify(execFile)('bash', ['-c', command])).stdout
}

function find(pattern: RegExp, text: string): string {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`${pattern} is not in: ${text}`)
  return found
}

async function requestsOf(address: string): Promise<number> {
  const adminToken = (await readFile(join(state, 'admin-token'), 'utf8')).trim()
  const response = await fetch(`${address}/edge/usage`, {
    headers: { authorization: `Bearer ${adminToken}` },
  })
  return ((await response.json()) as { total: { requests: number } }).total.requests
}

const ADDRESS = /listens on (http:\S+)/
const KEY = /Client key\s+(dse_\w+)/
const CURL = /^(curl .*)$/m
const STREAM = /For a stream, add: (.*)$/m
const READY = /Ctrl-C/

/** The requests that a further start finds; it runs in this process and takes the bundle of the tests. */
async function requestsAfterwards(): Promise<number> {
  const settings = readSettings({
    EDGE_STATE_DIRECTORY: state,
    PORT: '0',
    DASHSCOPE_API_KEY: 'sk-real',
    DASHSCOPE_BASE_URL: inject('emulatorAddress'),
  })
  const shutdown = createShutdown(() => undefined)
  let text = ''
  await startHere(settings, {
    bundle: async () => inject('gatewayModule'),
    buildConsole: async () => undefined,
    print: (line) => {
      text += `${line}\n`
    },
    shutdown,
  })
  try {
    return await requestsOf(find(ADDRESS, text))
  } finally {
    await shutdown.end(0)
  }
}

let printed: string
let again: RunningScript

describe.skipIf(!hasCommands('bash', 'curl', 'pgrep'))('a start in a terminal', () => {
  it(
    'Ctrl-C loses no usage, although the terminal sends it to workerd as well.',
    async () => {
      const first = start()
      printed = await first.until(READY)
      expect(printed.match(/^curl /gm)).toHaveLength(1)
      const address = find(ADDRESS, printed)
      expect(printed).toContain(
        `\nexport DASHSCOPE_EDGE_URL=${address} DASHSCOPE_EDGE_KEY=${find(KEY, printed)}\n`,
      )
      const response = JSON.parse(await paste(find(CURL, printed)))
      expect(response.output.choices[0].message.role).toBe('assistant')
      const stream = await paste(`${find(CURL, printed)} ${find(STREAM, printed)}`)
      expect(stream).toMatch(/^id:1\nevent:result\n/)

      // Right after the response: its usage has not been written yet.
      const workers = await paste(`pgrep -P ${first.pid} workerd`)
      for (const pid of workers.trim().split('\n')) process.kill(Number(pid), 'SIGINT')
      first.signal('SIGINT')
      expect(await first.ended).toBe(0)
      await expect(fetch(`${find(ADDRESS, printed)}/edge/health`)).rejects.toThrow()

      again = start()
      expect(await requestsOf(find(ADDRESS, await again.until(READY)))).toBe(2)
    },
    2 * START_MS,
  )

  it(
    'The command npm start prints a request that works, stops on a signal, and keeps its key and all usage over a restart.',
    async () => {
      const printedAgain = again.stdout()
      expect(find(KEY, printedAgain)).toBe(find(KEY, printed))
      expect(printedAgain).toMatch(/^\ndashscope-edge listens/)
      await paste(find(CURL, printedAgain))
      again.signal('SIGTERM')
      expect(await again.ended).toBe(0)
      expect(again.stderr()).toBe('')
      expect(await requestsAfterwards()).toBe(3)
    },
    START_MS,
  )

  it('The command npm start keeps its credentials in files that only the owner can read, and prints no admin token.', async () => {
    for (const name of ['client-key', 'admin-token']) {
      expect((await stat(join(state, name))).mode & 0o777).toBe(0o600)
    }
    const adminToken = await readFile(join(state, 'admin-token'), 'utf8')
    for (const script of started) expect(script.stdout()).not.toContain(adminToken.trim())
  })
})

it(
  'An error is printed as one sentence without a stack, and the exit code is 1.',
  async () => {
    const script = start({ DASHSCOPE_API_KEY: 'sk-real', MAX_BODY_BYTES: 'lots' })
    expect(await script.ended).toBe(1)
    expect(script.stderr()).toMatch(
      /^The gateway is not set up: MAX_BODY_BYTES must be a whole number from 1024 to \d+\.\n$/,
    )
    expect(script.stdout()).toBe('')
  },
  START_MS,
)
