import { execFile } from 'node:child_process'
import { mkdtemp, readdir, rm, stat } from 'node:fs/promises'
import { type AddressInfo, createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest'
import { type RunningScript, runScript } from './process.ts'

/** Bundling twice on a busy machine. */
const START_MS = 60_000

/** It bundles for seconds, and has to be met while it does. */
const POLL = { interval: 20, timeout: 20_000 }

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

/** In the one for the state, so that it goes with it. */
function temporaryDirectory(): Promise<string> {
  return mkdtemp(join(state, 'tmp-'))
}

async function bundlesIn(directory: string): Promise<string[]> {
  return (await readdir(directory)).filter((name) => name.startsWith('dashscope-edge-'))
}

async function freePort(): Promise<number> {
  const probe = createServer()
  await new Promise<void>((resolve) => probe.listen(0, '127.0.0.1', resolve))
  const { port } = probe.address() as AddressInfo
  await new Promise((resolve) => probe.close(resolve))
  return port
}

function find(pattern: RegExp, text: string): string {
  const found = pattern.exec(text)?.[1]
  if (found === undefined) throw new Error(`${pattern} is not in: ${text}`)
  return found
}

const ADDRESS = /listens on (http:\S+)/
const KEY = /Client key\s+(dse_\w+)/
const CURL = /^(curl .*)$/m
const STREAM = /For a stream, add: (.*)$/m
const READY = /Ctrl-C/

describe('npm start', () => {
  it(
    'prints a request that works, stops on a signal and keeps its key over a restart',
    async () => {
      const first = start()
      const printed = await first.until(READY)
      expect(printed.match(/^curl /gm)).toHaveLength(1)
      const answer = JSON.parse(await paste(find(CURL, printed)))
      expect(answer.output.choices[0].message.role).toBe('assistant')
      const stream = await paste(`${find(CURL, printed)} ${find(STREAM, printed)}`)
      expect(stream).toMatch(/^id:1\nevent:result\n/)

      first.signal('SIGTERM')
      expect(await first.ended).toBe(0)
      await expect(fetch(`${find(ADDRESS, printed)}/edge/health`)).rejects.toThrow()

      const second = start()
      const printedAgain = await second.until(READY)
      expect(find(KEY, printedAgain)).toBe(find(KEY, printed))
      expect(printedAgain).toMatch(/^\ndashscope-edge listens/)
      expect(JSON.parse(await paste(find(CURL, printedAgain)))).toHaveProperty('output')
      second.signal('SIGINT')
      expect(await second.ended).toBe(0)
      expect(second.stderr()).toBe('')
    },
    2 * START_MS,
  )

  it('keeps its credentials where only the owner can read them, and prints no admin token', async () => {
    for (const name of ['client-key', 'admin-token']) {
      expect((await stat(join(state, name))).mode & 0o777).toBe(0o600)
    }
    const adminToken = await paste(`cat '${join(state, 'admin-token')}'`)
    for (const script of started) expect(script.stdout()).not.toContain(adminToken.trim())
  })

  it(
    'issues another key when the remembered one is not known, and names a real DashScope',
    async () => {
      await paste(`echo dse_forgotten > '${join(state, 'client-key')}'`)
      const script = start({
        DASHSCOPE_API_KEY: 'sk-real',
        DASHSCOPE_BASE_URL: inject('emulatorAddress'),
        ADMIN_TOKEN: 'sixteen-letters-or-more',
      })
      const printed = await script.until(READY)
      expect(find(KEY, printed)).not.toBe('dse_forgotten')
      expect(printed).toContain(`DashScope    ${inject('emulatorAddress')}\n`)
      expect(printed).toContain('from ADMIN_TOKEN')
      expect(printed).not.toContain('sk-real')
      script.signal('SIGTERM')
      expect(await script.ended).toBe(0)
    },
    START_MS,
  )

  it(
    'names the hosts of all regions that it asks, and each key that is refused',
    async () => {
      const host = inject('emulatorAddress')
      const sameHost = host.replace('127.0.0.1', 'localhost')
      const script = start({
        DASHSCOPE_API_KEY: 'sk-1,sk-2',
        DASHSCOPE_BASE_URL: host,
        REGIONS: 'singapore,virginia',
        DASHSCOPE_API_KEY_VIRGINIA: 'sk-invalid',
        DASHSCOPE_BASE_URL_VIRGINIA: sameHost,
      })
      const printed = await script.until(/→ .*\n/)
      expect(find(/DashScope\s+(\S.*)$/m, printed)).toBe(`${host}, ${sameHost}`)
      expect(printed.match(/^broken .*$/gm)).toEqual([
        expect.stringContaining(`${sameHost} refuses DASHSCOPE_API_KEY_VIRGINIA (401)`),
      ])
      expect(printed).not.toContain('sk-invalid')
      script.signal('SIGTERM')
      expect(await script.ended).toBe(0)
    },
    START_MS,
  )

  it('says in one sentence that the port is in use', async () => {
    const other = createServer()
    await new Promise<void>((resolve) => other.listen(0, '127.0.0.1', resolve))
    const bound = other.address()
    const port = typeof bound === 'object' ? bound?.port : undefined
    const script = start({ PORT: String(port) })
    expect(await script.ended).toBe(1)
    expect(script.stderr()).toMatch(
      new RegExp(`^Port ${port} is in use\\. .*PORT=${Number(port) + 1} npm start\\n$`),
    )
    other.close()
  })

  it(
    'says the same where another program takes the port while it bundles',
    async () => {
      const port = await freePort()
      const directory = await temporaryDirectory()
      const script = start({ PORT: String(port), TMPDIR: directory })
      await expect.poll(() => bundlesIn(directory), POLL).toHaveLength(1)
      const other = createServer()
      await new Promise<void>((resolve) => other.listen(port, '127.0.0.1', resolve))
      expect(await script.ended).toBe(1)
      other.close()
      expect(script.stderr()).toMatch(new RegExp(`^Port ${port} is in use\\. .*npm start\\n$`))
      expect(await bundlesIn(directory)).toEqual([])
    },
    START_MS,
  )

  it.each(['SIGINT', 'SIGTERM'] as const)(
    'leaves nothing behind when %s comes while it bundles',
    async (signal) => {
      const directory = await temporaryDirectory()
      const script = start({ TMPDIR: directory })
      await expect.poll(() => bundlesIn(directory), POLL).toHaveLength(1)
      script.signal(signal)
      expect(await script.ended).toBe(0)
      expect(await bundlesIn(directory)).toEqual([])
      expect(script.stdout() + script.stderr()).toBe('')
    },
    START_MS,
  )

  it(
    'gives the sentence of the gateway when a variable is wrong',
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
})
