/** The exports of the gateway, so that a bare Worker starts with the same bindings and the same size. */
export { JobFlow, Ledger, Meter, Poller, Registry } from '../../../src/index.ts'

/** The same as `bare.js`. */
export default {
  fetch: (request: Request, env: { UPSTREAM: string }) =>
    fetch(new Request(env.UPSTREAM + new URL(request.url).pathname, request)),
}
