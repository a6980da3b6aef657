import { mkdirSync, symlinkSync } from 'node:fs'
import { join } from 'node:path'
import { ADMIN_TOKEN, bundleWorkers, listening, WORKERD_VERSION, workerdCommand } from '../workerd.ts'
import type { Children } from './children.ts'
import type { Route } from './route.ts'

/** Where to read why workerd ended. */
const HINT = 'Run again with BENCH_VERBOSE=1 to see what it prints.'

const CHAT_PATH = '/compatible-mode/v1/chat/completions'

/** Limits that no run reaches, to measure their cost. */
const LIMITS = { requests_per_minute: 1_000_000_000, tokens_per_day: 1_000_000_000_000 }

/** Longer than any run. */
const TOKEN_SECONDS = 3600

/** The gateway and the bare Worker, each in its own workerd process. */
export interface Workers {
  version: string
  bare: Route
  /** The default use: with a key and cache lookups. */
  gateway: Route
  /** The same with a key whose use is not recorded: its streams are not observed. */
  unmetered: Route
  /**
   * The gateway for its throughput: the same port, other credentials and other ways past the cache or into it. The first
   * does what the peers do.
   */
  variants: Route[]
}

/**
 * Bundles the gateway and starts both Workers.
 *
 * @param directory where the KV namespaces have their sockets; the bundle and the meter's database go there.
 * @param upstreamPort of the stand-in for DashScope.
 * @throws what wrangler or workerd say if the gateway cannot be bundled or started.
 */
export async function startWorkers(
  children: Children,
  directory: string,
  upstreamPort: number,
): Promise<Workers> {
  await bundleWorkers(directory)
  const bareDirectory = join(directory, 'bare')
  mkdirSync(bareDirectory)
  for (const module of ['gateway', 'checked', 'by-hand'])
    symlinkSync(join(directory, module), join(bareDirectory, module))

  /** The bare Worker uses no KV namespace, so its directory needs no sockets. */
  const start = (place: string) => {
    const upstream = `http://127.0.0.1:${upstreamPort}`
    return children.start(...workerdCommand(place, { upstream }), { control: true })
  }
  const [bareProcess, gatewayProcess] = [start(bareDirectory), start(directory)]
  const [{ bare: barePort }, { gateway: port }] = await Promise.all([
    listening(bareProcess, ['bare'], HINT),
    listening(gatewayProcess, ['gateway'], HINT),
  ])
  const key = await issue(port, '/edge/keys', ADMIN_TOKEN, { name: 'bench' }, 'key')
  const limited = await issue(port, '/edge/keys', ADMIN_TOKEN, { name: 'limited', limits: LIMITS }, 'key')
  const unmeteredKey = await issue(
    port,
    '/edge/keys',
    ADMIN_TOKEN,
    { name: 'unmetered', metered: false },
    'key',
  )
  const token = await issue(port, '/edge/tokens', key, { ttl_seconds: TOKEN_SECONDS }, 'token')

  const gateway = (name: string, credential: string, rest: Partial<Route> = {}): Route => ({
    name: `dashscope-edge, ${name}`,
    pid: gatewayProcess.pid ?? 0,
    port,
    path: CHAT_PATH,
    ...rest,
    headers: { authorization: `Bearer ${credential}`, ...rest.headers },
  })
  const past = { headers: { 'cache-control': 'no-store' }, cacheStatus: /; fwd=bypass$/ }
  return {
    version: WORKERD_VERSION,
    bare: {
      name: 'bare Worker',
      pid: bareProcess.pid ?? 0,
      port: barePort,
      path: CHAT_PATH,
      headers: { authorization: `Bearer ${key}` },
    },
    gateway: { ...gateway('', key), name: 'dashscope-edge' },
    unmetered: gateway('unmetered', unmeteredKey),
    variants: [
      gateway('key not counted', unmeteredKey, past),
      gateway('key', key, past),
      gateway('token', token, past),
      gateway('limits', limited, past),
      gateway('cache miss', key, { cacheStatus: /; fwd=miss; stored$/ }),
      gateway('cache hit', key, { cacheStatus: /; hit; ttl=\d+$/, isRepeated: true }),
    ],
  }
}

/** Creates a key or a token at the gateway. */
async function issue(
  port: number,
  path: string,
  credential: string,
  fields: Record<string, unknown>,
  member: 'key' | 'token',
): Promise<string> {
  const response = await fetch(`http://127.0.0.1:${port}${path}`, {
    method: 'POST',
    headers: { authorization: `Bearer ${credential}`, 'content-type': 'application/json' },
    body: JSON.stringify(fields),
  })
  if (!response.ok) throw new Error(`The gateway issued no ${member}: ${await response.text()}`)
  return ((await response.json()) as Record<typeof member, string>)[member]
}
