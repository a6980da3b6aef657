import { execFile, spawn } from 'node:child_process'
import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises'
import { type AddressInfo, createServer, type Server } from 'node:net'
import { tmpdir } from 'node:os'
import { basename, dirname, join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, it } from 'vitest'
import { readSettings } from '../../scripts/settings.ts'
import { createShutdown, type Shutdown } from '../../scripts/start/shutdown.ts'
import { type Surroundings, start } from '../../scripts/start/start.ts'
import { hasCommands } from '../harness/commands.ts'

let state: string
let shutdown: Shutdown
let printed: string
let bundled: string[]
const exitCodes: number[] = []

beforeAll(async () => {
  state = await mkdtemp(join(tmpdir(), 'dashscope-edge-state-'))
})
afterAll(() => rm(state, { recursive: true, force: true }))

beforeEach(() => {
  shutdown = createShutdown((code) => exitCodes.push(code))
  printed = ''
  bundled = []
})
afterEach(() => shutdown.end(0))

function startWith(environment: Record<string, string>, changes: Partial<Surroundings> = {}): Promise<void> {
  const settings = readSettings({ EDGE_STATE_DIRECTORY: state, PORT: '0', ...environment })
  return start(settings, {
    bundle: async (_entry, directory) => {
      bundled.push(directory)
      return inject('gatewayModule')
    },
    buildConsole: async () => undefined,
    print: (text) => {
      printed += `${text}\n`
    },
    shutdown,
    ...changes,
  })
}

const REAL = () => ({ DASHSCOPE_API_KEY: 'sk-real', DASHSCOPE_BASE_URL: inject('emulatorAddress') })

async function listen(port = 0): Promise<{ server: Server; port: number }> {
  const server = createServer()
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  return { server, port: (server.address() as AddressInfo).port }
}

function close(server: Server): Promise<void> {
  return new Promise((resolve) => server.close(() => resolve()))
}

describe('npm start', () => {
  it('Another key is issued if the gateway does not know the remembered one, and a real DashScope is named.', async () => {
    await writeFile(join(state, 'client-key'), 'dse_forgotten\n')
    await startWith({ ...REAL(), ADMIN_TOKEN: 'sixteen-letters-or-more' })
    expect(printed).toMatch(/Client key +dse_(?!forgotten)\w+\n/)
    expect(printed).toContain(`DashScope    ${inject('emulatorAddress')}\n`)
    expect(printed).toContain('from ADMIN_TOKEN')
    expect(printed).not.toContain('sk-real')
  })

  it('The hosts of all regions are named, and so is each key that is refused.', async () => {
    const host = inject('emulatorAddress')
    const sameHost = host.replace('127.0.0.1', 'localhost')
    await startWith({
      DASHSCOPE_API_KEY: 'sk-1,sk-2',
      DASHSCOPE_BASE_URL: host,
      REGIONS: 'singapore,virginia',
      DASHSCOPE_API_KEY_VIRGINIA: 'sk-invalid',
      DASHSCOPE_BASE_URL_VIRGINIA: sameHost,
    })
    expect(/DashScope\s+(\S.*)$/m.exec(printed)?.[1]).toBe(`${host}, ${sameHost}`)
    expect(printed.match(/^broken .*$/gm)).toEqual([
      expect.stringContaining(`${sameHost} refuses DASHSCOPE_API_KEY_VIRGINIA (401)`),
    ])
    expect(printed).not.toContain('sk-invalid')
  })

  it.skipIf(!hasCommands('bash', 'curl'))(
    'The stream that the greeting shows comes from DashScope, not from the cached response to the same question.',
    async () => {
      await startWith(REAL())
      const [request = ''] = /^curl .*$/m.exec(printed) ?? []
      const [, options = ''] = /^For a stream, add: (.*)$/m.exec(printed) ?? []
      const paste = async (command: string) => (await promisify(execFile)('bash', ['-c', command])).stdout
      expect(await paste(`${request} -i`)).toContain('stored')
      expect(await paste(`${request} -i`)).toContain('dashscope-edge; hit')
      const stream = await paste(`${request} ${options} -i`)
      expect(stream).toContain('cache-status: dashscope-edge; fwd=bypass\r\n')
      expect(stream.match(/^event:result$/gm)?.length).toBeGreaterThan(1)
    },
  )

  it('A port that is in use is reported in one sentence.', async () => {
    const { server, port } = await listen()
    await expect(startWith({ PORT: String(port) })).rejects.toThrow(
      new RegExp(`^Port ${port} is in use\\. .*PORT=${port + 1} npm start$`),
    )
    await close(server)
  })

  it('The sentence is the same if another program takes the port while the gateway is bundled.', async () => {
    const free = await listen()
    await close(free.server)
    let other: Server | undefined
    const bundle = async () => {
      other ??= (await listen(free.port)).server
      return inject('gatewayModule')
    }
    await expect(startWith({ ...REAL(), PORT: String(free.port) }, { bundle })).rejects.toThrow(
      new RegExp(`^Port ${free.port} is in use\\. .*npm start$`),
    )
    if (other) await close(other)
  })

  it('Temporary files are removed if the command is stopped while it bundles.', async () => {
    const finish: (() => void)[] = []
    const bundle = (_entry: string, directory: string) => {
      bundled.push(directory)
      return new Promise<string>((resolve) => {
        finish.push(() => resolve('module'))
      })
    }
    const starting = startWith({}, { bundle }).catch(() => undefined)
    await expect.poll(() => bundled.length).toBe(2)
    const directory = dirname(bundled[0] ?? '')
    expect(await readdir(dirname(directory))).toContain(basename(directory))
    const stopping = shutdown.end(0)
    for (const each of finish) each()
    await stopping
    expect(await readdir(dirname(directory))).not.toContain(basename(directory))
    expect(printed).toBe('')
    await starting
  })

  it('A wrong variable gets the sentence of the gateway, before anything is bundled.', async () => {
    await expect(startWith({ DASHSCOPE_API_KEY: 'sk-real', MAX_BODY_BYTES: 'lots' })).rejects.toThrow(
      /^The gateway is not set up: MAX_BODY_BYTES must be a whole number from 1024 to \d+\.$/,
    )
    expect(bundled).toEqual([])
  })
})

describe('the state directory of npm start', () => {
  it('The directory is refused while another gateway uses it, in a sentence that names the process.', async () => {
    const other = spawn(process.execPath, ['-e', 'setInterval(() => {}, 1000)', 'start.ts'])
    await writeFile(join(state, 'gateway.pid'), `${other.pid}\n`)
    await expect(startWith(REAL())).rejects.toThrow(
      new RegExp(
        `^Another gateway \\(process ${other.pid}\\) uses the state directory ${state}\\. Stop it, or`,
      ),
    )
    other.kill()
    await rm(join(state, 'gateway.pid'))
  })

  it.each([
    ['a gateway that was killed', () => '999999999'],
    ['a process that is something else by now', () => String(process.ppid)],
    ['nonsense', () => 'x'],
  ])('The directory is free if its file names %s', async (_what, pid) => {
    await writeFile(join(state, 'gateway.pid'), pid())
    await expect(startWith({ ...REAL(), MAX_BODY_BYTES: '2048' })).resolves.toBe(undefined)
    expect(await readFile(join(state, 'gateway.pid'), 'utf8')).toBe(`${process.pid}\n`)
    await shutdown.end(0)
    await expect(readFile(join(state, 'gateway.pid'), 'utf8')).rejects.toThrow('ENOENT')
  })
})
