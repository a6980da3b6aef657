import { readFileSync } from 'node:fs'

/** The same as in `wrangler.toml`, since the benchmark must match production. */
const COMPATIBILITY_DATE = '2026-11-17'

/** Workers that the gateway is compared with, each in a file with its name in `workers/`. */
export const YARDSTICKS = [
  'bare',
  'lookup',
  'byHand',
  'byHandMetered',
  'byHandLimited',
  'stored',
  'teed',
  'checked',
] as const
export type Yardstick = (typeof YARDSTICKS)[number]

/** The gateway, and a second one whose KV has a response to every request, so that none is served from memory. */
export const GATEWAYS = ['gateway', 'gatewayWithFullKv'] as const
export type Gateway = (typeof GATEWAYS)[number]

const CACHES: Readonly<Record<Gateway, string>> = { gateway: 'cache', gatewayWithFullKv: 'full' }

type ObjectBinding = readonly [binding: string, className: string]

/** The Durable Object of a yardstick that counts usage. */
const COUNTER: readonly ObjectBinding[] = [['COUNTER', 'Counter']]

/** The Durable Objects of `wrangler.toml` by their bindings; workflows are no part of workerd. */
const OBJECTS: readonly ObjectBinding[] = [
  ['METER', 'Meter'],
  ['REGISTRY', 'Registry'],
  ['LEDGER', 'Ledger'],
  ['POLLER', 'Poller'],
]

/** The yardstick that shares modules with the gateway, and so its bindings. */
const CHECKED = 'checked'

/** Yardsticks that are one module. The others are bundled. */
const FILES: Partial<Record<Yardstick, string>> = {
  bare: 'bare.js',
  lookup: 'lookup.js',
  stored: 'stored.js',
  teed: 'teed.js',
}

/** The additional work of Workers that share a file. */
const WORK: Partial<Record<Yardstick, string>> = { byHandMetered: 'metered', byHandLimited: 'limited' }

/** The inputs of the configuration. */
export interface WorkerdOptions {
  /** The root URL of the stand-in for DashScope. */
  upstream: string
  adminToken: string
  /** Flags of V8, as on its command line; none by default. */
  v8Flags?: readonly string[]
}

/**
 * The configuration of one workerd process with all Workers, for a directory that holds the bundled gateway
 * (`gateway/index.js`), the bundled yardsticks (`checked/index.js` and `by-hand/index.js`), the KV namespaces' sockets
 * and an empty `meter`.
 *
 * KV is another process, as in production: only the Worker's own cost of KV calls counts.
 *
 * @returns text in Cap'n Proto's schema language (workerd.capnp).
 */
export function workerdConfig(
  directory: string,
  { upstream, adminToken, v8Flags = [] }: WorkerdOptions,
): string {
  return `using Workerd = import "/workerd/workerd.capnp";
const config :Workerd.Config = (
  v8Flags = [${v8Flags.map(quote).join(', ')}],
  services = [
${YARDSTICKS.map((name) => `    (name = "${name}", worker = .${name}),\n`).join('')}${GATEWAYS.map((name) => `    (name = "${name}", worker = .${name}),\n`).join('')}    (name = "internet", network = (allow = ["public", "private"])),
    (name = "keys", external = (address = ${quote(`unix:${directory}/keys.sock`)}, http = ())),
    (name = "cache", external = (address = ${quote(`unix:${directory}/cache.sock`)}, http = ())),
    (name = "full", external = (address = ${quote(`unix:${directory}/full.sock`)}, http = ())),
    (name = "meter", disk = (path = ${quote(`${directory}/meter`)}, writable = true)),
  ],
  sockets = [
${[...YARDSTICKS, ...GATEWAYS].map((name) => `    (name = "${name}", address = "127.0.0.1:0", http = (), service = "${name}"),\n`).join('')}  ],
);
${YARDSTICKS.map((name) => (name === CHECKED ? bundled(name, 'checked', 'cache', COUNTER) : yardstick(name, upstream))).join('')}${GATEWAYS.map((name) => bundled(name, 'gateway', CACHES[name], OBJECTS)).join('')}`

  function bundled(name: string, module: string, cache: string, objects: readonly ObjectBinding[]): string {
    return `const ${name} :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "${module}/index.js")],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  bindings = [
    (name = "KEYS", kvNamespace = "keys"),
    (name = "CACHE", kvNamespace = "${cache}"),
${objects.map(([binding, className]) => `    (name = "${binding}", durableObjectNamespace = "${className}"),\n`).join('')}    (name = "DASHSCOPE_BASE_URL", text = ${quote(upstream)}),
    (name = "DASHSCOPE_API_KEY", text = "sk-bench"),
    (name = "ADMIN_TOKEN", text = ${quote(adminToken)}),
  ],
  durableObjectNamespaces = [
${objects.map(([, className]) => `    (className = "${className}", uniqueKey = "${name}-${className}", enableSql = true),\n`).join('')}  ],
  durableObjectStorage = (localDisk = "meter"),
);
`
  }
}

function yardstick(name: Yardstick, upstream: string): string {
  const file = FILES[name]
  const module = file
    ? quote(readFileSync(new URL(`workers/${file}`, import.meta.url), 'utf8'))
    : 'embed "by-hand/index.js"'
  const work = WORK[name]
  return `const ${name} :Workerd.Worker = (
  modules = [(name = "index.js", esModule = ${module})],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  bindings = [
    (name = "UPSTREAM", text = ${quote(upstream)}),
    (name = "CACHE", kvNamespace = "cache"),
    (name = "DASHSCOPE_API_KEY", text = "sk-bench"),
${work ? `    (name = "WORK", text = "${work}"),\n    (name = "COUNTER", durableObjectNamespace = "Counter"),\n` : ''}  ],
${work ? `  durableObjectNamespaces = [(className = "Counter", uniqueKey = "${name}-Counter", enableSql = true)],\n  durableObjectStorage = (localDisk = "meter"),\n` : ''});
`
}

/** Strings in Cap'n Proto are written as in C; JSON is close enough for paths and these Workers. */
function quote(text: string): string {
  return JSON.stringify(text)
}
