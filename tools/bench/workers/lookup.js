/** The bare Worker, and one look into KV for what is not there: the part of a look-up that no gateway can save. */
export default {
  async fetch(request, env) {
    await env.CACHE.get(crypto.randomUUID())
    return fetch(new Request(env.UPSTREAM + new URL(request.url).pathname, request))
  },
}
