/** The least a Worker can do: what the gateway is compared with. */
export default {
  fetch: (request, env) => fetch(new Request(env.UPSTREAM + new URL(request.url).pathname, request)),
}
