import { rmSync } from 'node:fs'
import { mkdtemp } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { bundle } from '../../scripts/bundle.ts'
import { type RunningWorker, startEmulator, startGateway } from '../../scripts/workers.ts'
import { FIRST_BYTE_DEADLINE_SECONDS } from './faults.ts'
import { type HeapReader, readHeaps } from './heap.ts'
import { childPids } from './memory.ts'
import { SITES, type Site, type Who } from './plan.ts'
import { type FaultProxy, startFaultProxy } from './proxy.ts'

/** One gateway, and what its callers need. */
export interface GatewayAccess {
  address: string
  /** Credentials by whose they are, and the ids of the keys. */
  credentials: Record<Who, string>
  keyIds: Record<Who, string>
}

/** Everything that runs. */
export interface Stage {
  places: Record<Site, GatewayAccess>
  proxy: FaultProxy
  adminToken: string
  /** Process id of the workerd that holds the main gateway; undefined if there is no `/proc`. */
  mainPid: number | undefined
  /** Of the same workerd. */
  mainHeap: HeapReader
  stop: () => Promise<void>
}

/** Slow enough that a minute's limit is met now and then, quick enough that most get through. */
const LIMITED_REQUESTS_PER_MINUTE = 40

/** The longest life of a session token, in seconds: longer than any run. */
const TOKEN_SECONDS = 3600

/** What is wrong around each gateway: a name that does not resolve (RFC 2606), or a binding that fails. */
const VARIABLES: Readonly<Record<Site, Record<string, string>>> = {
  main: {},
  dns: { DASHSCOPE_BASE_URL: 'http://dashscope.invalid' },
  tls: {},
  'cache-throws': { CACHE_FAULT: 'throws' },
  'cache-hangs': { CACHE_FAULT: 'hangs' },
  'meter-throws': { METER_FAULT: 'throws' },
  lagging: {},
}

/** Starts the emulator, the proxy in front of it and a gateway for each site. */
export async function setStage(faultOf: Parameters<typeof startFaultProxy>[1]): Promise<Stage> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-soak-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const stops: (() => Promise<void>)[] = []
  const stop = async () => {
    for (const each of stops.reverse()) await each()
  }
  try {
    const [gatewayModule, testModule, laggingModule, emulatorModule] = await Promise.all([
      bundle('src/index.ts', join(directory, 'gateway')),
      bundle('test/harness/worker/index.ts', join(directory, 'for-tests')),
      bundle('test/soak/lagging/index.ts', join(directory, 'lagging')),
      bundle('emulator/index.ts', join(directory, 'emulator')),
    ])
    const emulator = await startEmulator(emulatorModule, 0)
    stops.push(emulator.stop)
    const proxy = await startFaultProxy(emulator.address, faultOf)
    stops.push(proxy.stop)
    const plain = await startWithoutTls()
    stops.push(plain.stop)
    const modules: Partial<Record<Site, string>> = {
      'cache-throws': testModule,
      'cache-hangs': testModule,
      'meter-throws': testModule,
      lagging: laggingModule,
    }
    const adminToken = crypto.randomUUID()
    const before = new Set(childPids())
    let mainPid: number | undefined
    let mainHeap: HeapReader | undefined
    const places: Partial<Record<Site, GatewayAccess>> = {}
    for (const site of SITES) {
      const gateway = await startGateway(modules[site] ?? gatewayModule, {
        port: 0,
        ...(site === 'main' && { inspectorPort: 0 }),
        variables: {
          DASHSCOPE_API_KEY: `sk-${crypto.randomUUID()}`,
          DASHSCOPE_BASE_URL: site === 'tls' ? plain.address : proxy.address,
          ADMIN_TOKEN: adminToken,
          UPSTREAM_TIMEOUT_SECONDS: String(FIRST_BYTE_DEADLINE_SECONDS),
          ...VARIABLES[site],
        },
      })
      stops.push(gateway.stop)
      if (site === 'main') {
        mainPid = childPids().find((pid) => !before.has(pid))
        mainHeap = await readHeaps(await gateway.miniflare.getInspectorURL())
      }
      places[site] = await settleIn(gateway, adminToken)
    }
    if (!mainHeap) throw new Error('There is no main gateway.')
    return { places: places as Record<Site, GatewayAccess>, proxy, adminToken, mainPid, mainHeap, stop }
  } catch (thrown) {
    await stop()
    throw thrown
  }
}

async function settleIn({ address }: RunningWorker, adminToken: string): Promise<GatewayAccess> {
  const policy = { models: ['qwen-*'] }
  const [steady, limited, rough, parent] = await Promise.all([
    issueKey(address, adminToken, policy),
    issueKey(address, adminToken, {
      ...policy,
      limits: { requests_per_minute: LIMITED_REQUESTS_PER_MINUTE, tokens_per_day: 1_000_000_000 },
    }),
    issueKey(address, adminToken, policy),
    issueKey(address, adminToken, policy),
  ])
  const minted = await create(`${address}/edge/tokens`, parent.key, {
    user: 'visitor',
    ttl_seconds: TOKEN_SECONDS,
    budget: { requests: 1_000_000 },
  })
  return {
    address,
    credentials: { steady: steady.key, limited: limited.key, rough: rough.key, token: String(minted.token) },
    keyIds: { steady: steady.id, limited: limited.id, rough: rough.id, token: parent.id },
  }
}

async function issueKey(
  address: string,
  adminToken: string,
  policy: Record<string, unknown>,
): Promise<{ id: string; key: string }> {
  const { id, key } = await create(`${address}/edge/keys`, adminToken, { name: 'soak', ...policy })
  return { id: String(id), key: String(key) }
}

async function create(
  address: string,
  credential: string,
  body: Record<string, unknown>,
): Promise<Record<string, unknown>> {
  const response = await fetch(address, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (response.status !== 201) throw new Error(`${address} made nothing: ${await response.text()}`)
  return (await response.json()) as Record<string, unknown>
}

/** A port that an https address leads to, and that speaks no TLS. */
async function startWithoutTls(): Promise<{ address: string; stop: () => Promise<void> }> {
  const server = createServer((socket) => {
    socket.on('error', () => undefined)
    // A socket that is not read never notices that its other end is gone.
    socket.resume()
    socket.end('HTTP/1.1 400 Bad Request\r\ncontent-length: 0\r\nconnection: close\r\n\r\n')
  })
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening))
  const bound = server.address()
  return {
    address: `https://127.0.0.1:${typeof bound === 'object' ? bound?.port : ''}`,
    stop: async () => {
      await new Promise((closed) => server.close(closed))
    },
  }
}
