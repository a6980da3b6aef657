import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync } from 'node:fs'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { fileURLToPath } from 'node:url'
import { type Credential, HOST } from './cases.ts'
import { GATEWAYS, type Gateway, YARDSTICKS, type Yardstick } from './config.ts'
import { ADMIN_TOKEN, bundleWorkers, listening, WORKERD_VERSION, workerdCommand } from './workerd.ts'

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

  const backend = spawn(process.execPath, [fileURLToPath(import.meta.resolve('./backend.ts')), directory], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  children.push(backend)
  const [[upstreamPort]] = await Promise.all([
    once(backend, 'message') as Promise<[number]>,
    bundleWorkers(directory),
  ])

  const upstream = dashscope ?? `http://127.0.0.1:${upstreamPort}`
  const server = spawn(...workerdCommand(directory, { upstream, v8Flags }), {
    // Its standard output is the gateway's log, one line per request; writing it is part of the measurement, reading
    // it is not needed.
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  children.push(server)
  const ports = await listening(server, [...YARDSTICKS, ...GATEWAYS], 'What it printed above says why.')
  const clientKey = await issueKey(ports.gateway, {})
  const unmeteredKey = await issueKey(ports.gateway, { metered: false })
  const limits = { requests_per_minute: 1_000_000_000, tokens_per_minute: 1_000_000_000_000 }
  const limitedKey = await issueKey(ports.gateway, { limits })
  const token = await mintToken(ports.gateway, unmeteredKey)
  return {
    pid: server.pid ?? 0,
    workerdVersion: WORKERD_VERSION,
    ports,
    credentials: { clientKey, unmeteredKey, limitedKey, token },
    stop,
  }
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
  const body = await text(response)
  if (response.statusCode !== 201) throw new Error(`The gateway answered ${path} with ${body}`)
  return JSON.parse(body)
}
