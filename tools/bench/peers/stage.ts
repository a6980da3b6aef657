import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Backend, startBackend } from './backend-client.ts'
import { childProcesses } from './children.ts'
import { startLiteLlm } from './litellm.ts'
import type { Peer, PeerPlace } from './peer.ts'
import { startPortkey } from './portkey.ts'
import type { Route } from './route.ts'
import { startWorkers } from './workers.ts'

/** All running contenders and their upstream. */
export interface Stage {
  backend: Backend
  /** Direct calls to the stand-in for DashScope: the first in every comparison. */
  direct: Route
  bare: Route
  gateway: Route
  /** The gateway with a key whose usage is not recorded. */
  unmetered: Route
  /** The gateway's throughput has several: by credential and by what the cache does. */
  variants: Route[]
  peers: Route[]
  /** By name. */
  versions: Record<string, string>
  /** Remarks about skipped peers, and about how the others were run. */
  remarks: string[]
  stop: () => void
}

const LIMITS_REMARK =
  "A key with limits asks its meter before each request, and the meter's database is on this machine's disk: what it does a second says as much of the disk as of the gateway."

/** Starts everything; all processes end with this one. A peer that does not start is skipped with a remark. */
export async function setStage(withLiteLlm: boolean): Promise<Stage> {
  const directory = mkdtempSync(join(tmpdir(), 'dashscope-edge-peers-'))
  const children = childProcesses()
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const backend = await startBackend(children, directory)
  const workers = await startWorkers(children, directory, backend.port)

  const place: PeerPlace = { children, upstreamPort: backend.port }
  const remarks = [LIMITS_REMARK]
  const peers: Peer[] = []
  for (const [name, start] of wanted(withLiteLlm)) {
    try {
      const peer = await start(place)
      peers.push(peer)
      if (peer.remark !== undefined) remarks.push(peer.remark)
    } catch (error) {
      remarks.push(`${name} is left out: ${firstLine(error)}.`)
    }
  }
  if (!withLiteLlm) remarks.push('LiteLLM is left out: it is installed and run with --litellm only.')
  remarks.push(
    "Bifrost is left out: its npm package fetches the program from its maker's server, not from the registry.",
  )
  return {
    backend,
    direct: { name: 'direct', port: backend.port, path: '/v1/chat/completions', headers: {} },
    bare: workers.bare,
    gateway: workers.gateway,
    unmetered: workers.unmetered,
    variants: workers.variants,
    peers: peers.map(({ route }) => route),
    versions: {
      'Node.js': process.version.slice(1),
      workerd: workers.version,
      ...Object.fromEntries(peers.map(({ route, version }) => [route.name, version])),
    },
    remarks,
    stop: children.stop,
  }
}

function wanted(withLiteLlm: boolean): [string, (place: PeerPlace) => Promise<Peer>][] {
  return withLiteLlm
    ? [
        ['Portkey', startPortkey],
        ['LiteLLM', startLiteLlm],
      ]
    : [['Portkey', startPortkey]]
}

function firstLine(error: unknown): string {
  const [line = ''] = String(error instanceof Error ? error.message : error).split('\n')
  return line.replace(/\.$/, '')
}
