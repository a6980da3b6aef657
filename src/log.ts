import type { Call } from './call.ts'
import type { Env } from './config.ts'
import { MAX_LOGGED_BODY_CHARACTERS } from './constants.ts'
import type { GatewayError } from './errors.ts'
import type { Closing } from './meter/account.ts'
import type { Visit } from './visit.ts'

/**
 * Writes the one line that the log has of a request, and one point to Analytics Engine where a dataset is bound: names and
 * numbers, never a credential or an address, and never a prompt or an answer unless the operator switched bodies on.
 */
export function logClosing(env: Env, visit: Visit, call: Call, closing: Closing): void {
  const { principal, endpoint, model, config } = call
  const { ending, usage, money } = closing
  const { status, cache } = visit.told
  const milliseconds = Date.now() - visit.startedMs
  const user = principal.user ?? ''
  const line = {
    request: visit.id,
    key: principal.key.id,
    user,
    endpoint: endpoint.name,
    model,
    status,
    ending,
    cache,
    milliseconds,
    usage,
    money,
    ...(config.logBodies && bodiesOf(call, closing)),
  }
  // One line of JSON: Workers Logs index its fields, and a terminal shows it as one line.
  console.log(JSON.stringify(line))
  env.ANALYTICS?.writeDataPoint({
    indexes: [principal.key.id],
    blobs: [endpoint.name, model, user, ending, cache],
    doubles: [status, milliseconds, usage.input, usage.output, usage.cached, usage.reasoning, money ?? 0],
  })
}

/** Writes the line of a request that got an error of the gateway's own; of a refusal its reason, of a failure its cause. */
export function logError(visit: Visit, error: GatewayError): void {
  const line = {
    request: visit.id,
    path: visit.url.pathname,
    status: error.status,
    reason: error.reason,
    param: error.param,
  }
  if (error.status < 500) console.log(JSON.stringify(line))
  else console.error(JSON.stringify({ ...line, message: error.message, cause: String(error.cause) }))
}

function bodiesOf({ bytes }: Call, { answer }: Closing): { body: string; answer: string } {
  return { body: excerpt(bytes), answer: excerpt(answer?.body) }
}

function excerpt(bytes: Uint8Array | undefined): string {
  return new TextDecoder().decode(bytes?.subarray(0, MAX_LOGGED_BODY_CHARACTERS))
}
