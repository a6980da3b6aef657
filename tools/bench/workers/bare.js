/** The minimal Worker, with which the gateway is compared. */
export default {
  fetch: (request, env) => fetch(new Request(env.UPSTREAM + new URL(request.url).pathname, request)),
}
