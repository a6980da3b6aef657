import { createRequire } from 'node:module'
import { dirname } from 'node:path'
import type { Miniflare } from 'miniflare'

/** `import` would first search the six megabytes of this CommonJS module for its exports, which doubles the time. */
const miniflareModule = createRequire(import.meta.url)('miniflare') as typeof import('miniflare')
const { convertV4MiniflareOptions, Log, LogLevel } = miniflareModule

/** The same as in `wrangler.toml`, so that workerd behaves the same. */
const COMPATIBILITY_DATE = '2026-11-17'

export interface RunningWorker {
  /** `http://127.0.0.1:8787`, without a trailing slash. */
  address: string
  miniflare: Miniflare
  stop: () => Promise<void>
}

export interface GatewayOptions {
  /** The address to listen on; undefined: loopback only. */
  host?: string
  /** 0: a free port. */
  port: number
  /** The variables and secrets of the Worker. */
  variables: Record<string, string>
  /** Where KV and Durable Objects are stored; undefined: in memory. */
  persist?: string
  /** Refusals per minute after which an IP address is throttled; undefined: no throttling. */
  refusalsPerMinute?: number
  /** The port of V8's inspector, by which the heap can be read; 0: a free port, undefined: no inspector. */
  inspectorPort?: number
  /** The directory of the console's files; undefined: no console. */
  assets?: string
  /** Receives each line that workerd prints; undefined: this process prints it. */
  log?: (line: string) => void
}

/** The same as `[assets]` in `wrangler.toml`: paths below /console are files, all others go to the Worker. */
function assetsIn(directory: string) {
  return {
    directory,
    run_worker_first: ['/*', '!/console', '!/console/*'],
    // Without it Miniflare sends no request to the Worker (cloudflare/workers-sdk#9397).
    routerConfig: { has_user_worker: true },
    assetConfig: {
      base_path: '/console',
      html_handling: 'auto-trailing-slash',
      not_found_handling: '404-page',
    },
  }
}

/** Runs the bundled gateway in workerd with its KV namespaces, Durable Objects and Workflow. */
export function startGateway(module: string, options: GatewayOptions): Promise<RunningWorker> {
  const { host, port, persist, inspectorPort, log } = options
  return start(module, host, port, {
    ...gatewayWorker(options),
    ...(persist && { resourcePersistencePath: persist }),
    ...(inspectorPort !== undefined && { inspectorPort }),
    ...(log && { handleStructuredLogs: ({ message }: { message: string }) => log(message) }),
  })
}

/** Gateways in one workerd, each with its own isolate and storage. */
export interface RunningGateways {
  addresses: string[]
  stop: () => Promise<void>
}

/** Runs several gateways without variables in one workerd, on free ports: most of the cost of a start is the process. */
export async function startGateways(module: string, count: number): Promise<RunningGateways> {
  const names = Array.from({ length: count }, (_, index) => `gateway-${index}`)
  const workers = names.map((name) => ({
    name,
    ...moduleWorker(module, '127.0.0.1', 0),
    ...gatewayWorker({ variables: {} }),
    kvNamespaces: { KEYS: `keys-${name}`, CACHE: `cache-${name}` },
    workflows: { FLOW: { name: `jobs-${name}`, className: 'JobFlow' } },
  }))
  const miniflare = new miniflareModule.Miniflare(
    convertV4MiniflareOptions({ log: new Log(LogLevel.ERROR), workers }),
  )
  const urls = await Promise.all(names.map((name) => miniflare.unsafeGetDirectURL(name)))
  return { addresses: urls.map(({ origin }) => origin), stop: () => miniflare.dispose() }
}

function gatewayWorker({
  variables,
  refusalsPerMinute,
  assets,
}: Pick<GatewayOptions, 'variables' | 'refusalsPerMinute' | 'assets'>) {
  return {
    bindings: variables,
    kvNamespaces: ['KEYS', 'CACHE'],
    durableObjects: {
      METER: { className: 'Meter', useSQLite: true },
      REGISTRY: { className: 'Registry', useSQLite: true },
      LEDGER: { className: 'Ledger', useSQLite: true },
      POLLER: { className: 'Poller', useSQLite: true },
    },
    workflows: { FLOW: { name: 'dashscope-edge-jobs', className: 'JobFlow' } },
    ...(refusalsPerMinute && {
      ratelimits: {
        BRAKE: { namespace_id: '1001', simple: { limit: refusalsPerMinute, period: 60 as const } },
      },
    }),
    ...(assets && { assets: assetsIn(assets) }),
  }
}

/** Runs the bundled DashScope emulator. */
export function startEmulator(module: string, port: number): Promise<RunningWorker> {
  return start(module, undefined, port, {})
}

/** Connects directly to the Worker: Miniflare's entry Worker would add headers and copies. */
async function start(
  module: string,
  host = '127.0.0.1',
  port: number,
  options: object,
): Promise<RunningWorker> {
  const miniflare = new miniflareModule.Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.ERROR),
      ...moduleWorker(module, host, port),
      ...options,
    }),
  )
  const url = await miniflare.unsafeGetDirectURL()
  return { address: url.origin, miniflare, stop: () => miniflare.dispose() }
}

function moduleWorker(module: string, host: string, port: number) {
  return {
    modules: true as const,
    modulesRoot: dirname(module),
    scriptPath: module,
    compatibilityDate: COMPATIBILITY_DATE,
    unsafeDirectSockets: [{ host, port }],
  }
}
