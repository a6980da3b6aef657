/** The bare Worker with one KV miss: the part of a lookup that no gateway can avoid. */
export default {
  async fetch(request, env) {
    await env.CACHE.get(crypto.randomUUID())
    return fetch(new Request(env.UPSTREAM + new URL(request.url).pathname, request))
  },
}
