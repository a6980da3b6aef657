/** The minimal cache: reads KV and returns the value. A PUT fills it. */
export default {
  async fetch(request, env) {
    if (request.method === 'PUT') {
      await env.CACHE.put('stored', await request.arrayBuffer())
      return new Response(null, { status: 204 })
    }
    return new Response(await env.CACHE.get('stored', 'stream'), {
      headers: { 'content-type': 'application/json' },
    })
  },
}
