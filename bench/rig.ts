import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { fileURLToPath } from 'node:url'
import { bundle } from '../scripts/bundle.ts'
import { workerdConfig } from './config.ts'

/** The runtime that comes with wrangler, without wrangler around it. */
const workerd = createRequire(import.meta.url)('workerd') as { default: string; version: string }

const ADMIN_TOKEN = 'admin-token-of-the-bench'

/** All Workers in one workerd process, and what stands behind them in another. */
export interface Rig {
  /** Process id of workerd. */
  pid: number
  workerdVersion: string
  /** Ports on 127.0.0.1. */
  ports: { bare: number; lookup: number; gateway: number }
  /** A client key as the operator gets it without asking for anything. */
  clientKey: string
  /** A client key whose streams are not counted: nothing looks into them. */
  unmeteredKey: string
  stop: () => void
}

/**
 * Bundles the gateway and starts everything. Whatever was started ends with this process, also after an error or Ctrl-C.
 *
 * @throws what wrangler or workerd say where the gateway cannot be bundled or started.
 */
export async function startRig(): Promise<Rig> {
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
    bundle('wrangler.toml', join(directory, 'gateway')),
  ])

  const upstream = `http://127.0.0.1:${upstreamPort}`
  const config = join(directory, 'workerd.capnp')
  writeFileSync(config, workerdConfig(directory, { upstream, adminToken: ADMIN_TOKEN }))
  const server = spawn(workerd.default, ['serve', '--control-fd=3', config], {
    // Its standard output is the gateway's log, a line a request; writing it is measured, reading it is not needed.
    stdio: ['ignore', 'ignore', 'inherit', 'pipe'],
  })
  children.push(server)
  const ports = await listening(server)
  return {
    pid: server.pid ?? 0,
    workerdVersion: workerd.version,
    ports,
    clientKey: await issueKey(ports.gateway, {}),
    unmeteredKey: await issueKey(ports.gateway, { metered: false }),
    stop,
  }
}

/** Which ports workerd took; it tells them on the control descriptor, one JSON line a socket. */
async function listening(server: ChildProcess): Promise<Rig['ports']> {
  const ports = new Map<string, number>()
  for await (const line of createInterface(server.stdio[3] as Readable)) {
    const { event, socket, port } = JSON.parse(line) as { event: string; socket: string; port: number }
    if (event === 'listen') ports.set(socket, port)
    const [bare, lookup, gateway] = [ports.get('bare'), ports.get('lookup'), ports.get('gateway')]
    if (bare && lookup && gateway) return { bare, lookup, gateway }
  }
  throw new Error('workerd ended before it listened. What it printed above says why.')
}

async function issueKey(port: number, fields: Record<string, unknown>): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}/edge/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'bench', ...fields }),
  })
  if (!response.ok) throw new Error(`The gateway issued no client key: ${await response.text()}`)
  return ((await response.json()) as { key: string }).key
}
