import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { bundle } from '../../scripts/bundle.ts'
import { type Credential, HOST } from './cases.ts'
import { GATEWAYS, type Gateway, workerdConfig, YARDSTICKS, type Yardstick } from './config.ts'

/** The runtime of wrangler, without wrangler. */
const workerd = createRequire(import.meta.url)('workerd') as { default: string; version: string }

const ADMIN_TOKEN = 'admin-token-of-the-bench'

/** All Workers in one workerd process, and their upstream in another. */
export interface Rig {
  /** Process id of workerd. */
  pid: number
  workerdVersion: string
  /** Ports on 127.0.0.1. */
  ports: Record<Yardstick | Gateway, number>
  /**
   * The credentials: a client key with defaults, one whose usage is not counted, and a session token made from the
   * latter.
   */
  credentials: Record<Credential, string>
  stop: () => void
}

/**
 * Bundles the gateway and starts everything. All processes end with this one, even after an error or Ctrl-C.
 *
 * @param v8Flags flags of V8, as on its command line.
 * @param dashscope the root URL of a stand-in for DashScope other than the rig's own.
 * @throws the error of wrangler or workerd if the gateway cannot be bundled or started.
 */
export async function startRig(v8Flags: readonly string[] = [], dashscope?: string): Promise<Rig> {
  const directory = mkdtempSync(join(tmpdir(), 'dashscope-edge-bench-'))
  const children: ChildProcess[] = []
  const stop = () => {
    for (const child of children) child.kill('SIGKILL')
    rmSync(directory, { recursive: true, force: true })
  }
  process.once('exit', stop)
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

  mkdirSync(join(directory, 'meter'))
  const backend = spawn(process.execPath, [fileURLToPath(import.meta.resolve('./backend.ts')), directory], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  children.push(backend)
  const [[upstreamPort]] = await Promise.all([
    once(backend, 'message') as Promise<[number]>,
    bundle('src/index.ts', join(directory, 'gateway')),
  ])

  const upstream = dashscope ?? `http://127.0.0.1:${upstreamPort}`
  const config = join(directory, 'workerd.capnp')
  writeFileSync(config, workerdConfig(directory, { upstream, adminToken: ADMIN_TOKEN, v8Flags }))
  const server = spawn(workerd.default, ['serve', '--control-fd=3', config], {
    // Its standard output is the gateway's log, one line per request; writing it is part of the measurement, reading
    // it is not needed.
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  children.push(server)
  const ports = await listening(server)
  const clientKey = await issueKey(ports.gateway, {})
  const unmeteredKey = await issueKey(ports.gateway, { metered: false })
  const limits = { requests_per_minute: 1_000_000_000, tokens_per_minute: 1_000_000_000_000 }
  const limitedKey = await issueKey(ports.gateway, { limits })
  const token = await mintToken(ports.gateway, unmeteredKey)
  return {
    pid: server.pid ?? 0,
    workerdVersion: workerd.version,
    ports,
    credentials: { clientKey, unmeteredKey, limitedKey, token },
    stop,
  }
}

/** The ports that workerd chose, reported on the control descriptor as one JSON line per socket. */
async function listening(server: ChildProcess): Promise<Rig['ports']> {
  const ports = new Map<string, number>()
  for await (const line of createInterface(server.stdio[3] as Readable)) {
    const { event, socket, port } = JSON.parse(line) as { event: string; socket: string; port: number }
    if (event === 'listen') ports.set(socket, port)
    if ([...YARDSTICKS, ...GATEWAYS].every((name) => ports.has(name))) {
      return Object.fromEntries(ports) as Rig['ports']
    }
  }
  throw new Error('workerd ended before it listened. What it printed above says why.')
}

async function issueKey(port: number, fields: Record<string, unknown>): Promise<string> {
  const { key } = await create(port, '/edge/keys', ADMIN_TOKEN, { name: 'bench', ...fields })
  if (!key) throw new Error('The gateway issued no client key.')
  return key
}

async function mintToken(port: number, key: string): Promise<string> {
  const { token } = await create(port, '/edge/tokens', key, {})
  if (!token) throw new Error('The gateway minted no session token.')
  return token
}

/** Uses node:http, because a token is valid only at the host where it was requested, and fetch cannot set Host. */
async function create(
  port: number,
  path: string,
  bearer: string,
  content: unknown,
): Promise<{ key?: string; token?: string }> {
  const headers = { host: HOST, authorization: `Bearer ${bearer}`, 'content-type': 'application/json' }
  const asking = request({ host: '127.0.0.1', port, path, method: 'POST', headers, agent: false })
  asking.end(JSON.stringify(content))
  const [response] = (await once(asking, 'response')) as [IncomingMessage]
  const answer = await text(response)
  if (response.statusCode !== 201) throw new Error(`The gateway answered ${path} with ${answer}`)
  return JSON.parse(answer)
}
