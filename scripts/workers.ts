import { dirname } from 'node:path'
import { convertV4MiniflareOptions, Log, LogLevel, Miniflare } from 'miniflare'

/** Of `wrangler.toml`; workerd has to behave here as it does there. */
const COMPATIBILITY_DATE = '2026-11-17'

export interface RunningWorker {
  /** `http://127.0.0.1:8787`, without a trailing slash. */
  address: string
  miniflare: Miniflare
  stop: () => Promise<void>
}

export interface GatewayOptions {
  /** The address to listen on; absent: loopback only. */
  host?: string
  /** 0 takes a free port. */
  port: number
  /** Variables and secrets as the Worker gets them. */
  variables: Record<string, string>
  /** Where KV and Durable Objects are kept; absent: in memory. */
  persist?: string
  /** Refusals a minute after which an address is braked; absent: none is. */
  refusalsPerMinute?: number
  /** Where workerd listens for V8's inspector, by which its heap can be read; 0 takes a free port, absent: nowhere. */
  inspectorPort?: number
  /** The directory of the console's files; absent: there is no console. */
  assets?: string
}

/** As `[assets]` of `wrangler.toml`: paths below /console are files, every other one is the Worker's. */
function assetsIn(directory: string): object {
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
export function startGateway(
  module: string,
  { host, port, variables, persist, refusalsPerMinute, inspectorPort, assets }: GatewayOptions,
): Promise<RunningWorker> {
  return start(module, host, port, {
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
      ratelimits: { BRAKE: { namespace_id: '1001', simple: { limit: refusalsPerMinute, period: 60 } } },
    }),
    ...(persist && { resourcePersistencePath: persist }),
    ...(inspectorPort !== undefined && { inspectorPort }),
    ...(assets && { assets: assetsIn(assets) }),
  })
}

/** Runs the bundled DashScope emulator. */
export function startEmulator(module: string, port: number): Promise<RunningWorker> {
  return start(module, undefined, port, {})
}

/** The socket leads straight to the Worker: Miniflare's own entry would add headers and copies to what passes. */
async function start(
  module: string,
  host = '127.0.0.1',
  port: number,
  options: object,
): Promise<RunningWorker> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      log: new Log(LogLevel.ERROR),
      modules: true,
      modulesRoot: dirname(module),
      scriptPath: module,
      compatibilityDate: COMPATIBILITY_DATE,
      unsafeDirectSockets: [{ host, port }],
      ...options,
    }),
  )
  const url = await miniflare.unsafeGetDirectURL()
  return { address: url.origin, miniflare, stop: () => miniflare.dispose() }
}
