/** Of `wrangler.toml`; the bench has to run what production runs. */
const COMPATIBILITY_DATE = '2026-11-17'

/** The least a Worker can do: what the gateway is compared with. */
const BARE_WORKER = `export default {
  fetch: (request, env) => fetch(new Request(env.UPSTREAM + new URL(request.url).pathname, request)),
}`

/** The same, and one look into KV for what is not there: the part of a look-up that no gateway can save. */
const LOOKUP_WORKER = `export default {
  async fetch(request, env) {
    await env.CACHE.get(crypto.randomUUID())
    return fetch(new Request(env.UPSTREAM + new URL(request.url).pathname, request))
  },
}`

/** What the configuration has to know of the run. */
export interface WorkerdOptions {
  /** Host root of the stand-in for DashScope. */
  upstream: string
  adminToken: string
  /** What V8 is told, as on its command line; nothing unless said. */
  v8Flags?: readonly string[]
}

/**
 * The configuration of one workerd process with all Workers, for a directory that holds the bundled gateway
 * (`gateway/index.js`), the KV namespaces' sockets and an empty `meter`.
 *
 * KV is another process, as it is in production: only what the Worker spends on asking it counts.
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
    (name = "bare", worker = .bare),
    (name = "lookup", worker = .lookup),
    (name = "gateway", worker = .gateway),
    (name = "internet", network = (allow = ["public", "private"])),
    (name = "keys", external = (address = ${quote(`unix:${directory}/keys.sock`)}, http = ())),
    (name = "cache", external = (address = ${quote(`unix:${directory}/cache.sock`)}, http = ())),
    (name = "meter", disk = (path = ${quote(`${directory}/meter`)}, writable = true)),
  ],
  sockets = [
    (name = "bare", address = "127.0.0.1:0", http = (), service = "bare"),
    (name = "lookup", address = "127.0.0.1:0", http = (), service = "lookup"),
    (name = "gateway", address = "127.0.0.1:0", http = (), service = "gateway"),
  ],
);
const bare :Workerd.Worker = (
  modules = [(name = "bare.js", esModule = ${quote(BARE_WORKER)})],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  bindings = [(name = "UPSTREAM", text = ${quote(upstream)})],
);
const lookup :Workerd.Worker = (
  modules = [(name = "lookup.js", esModule = ${quote(LOOKUP_WORKER)})],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  bindings = [(name = "UPSTREAM", text = ${quote(upstream)}), (name = "CACHE", kvNamespace = "cache")],
);
const gateway :Workerd.Worker = (
  modules = [(name = "index.js", esModule = embed "gateway/index.js")],
  compatibilityDate = "${COMPATIBILITY_DATE}",
  bindings = [
    (name = "KEYS", kvNamespace = "keys"),
    (name = "CACHE", kvNamespace = "cache"),
    (name = "METER", durableObjectNamespace = "Meter"),
    (name = "DASHSCOPE_BASE_URL", text = ${quote(upstream)}),
    (name = "DASHSCOPE_API_KEY", text = "sk-bench"),
    (name = "ADMIN_TOKEN", text = ${quote(adminToken)}),
  ],
  durableObjectNamespaces = [(className = "Meter", uniqueKey = "meter", enableSql = true)],
  durableObjectStorage = (localDisk = "meter"),
);
`
}

/** Strings are spelled in Cap'n Proto as in C, which JSON's spelling is close enough to for paths and this Worker. */
function quote(text: string): string {
  return JSON.stringify(text)
}
