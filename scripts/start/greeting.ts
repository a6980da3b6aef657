import { join } from 'node:path'
import { readTargets } from '../../src/dashscope/targets.ts'
import { DEFAULT_PORT } from '../edge/target.ts'
import { firstRequest, STREAM_OPTIONS } from '../first-request.ts'
import type { Settings } from '../settings.ts'
import { DEFAULT_DIRECTORY } from '../state.ts'

/**
 * What `npm start` prints once the gateway listens. The admin token itself is not printed.
 *
 * @param session of the operator, for the link to the console.
 */
export function greeting(
  address: string,
  key: string,
  session: string,
  { emulated, state, variables }: Settings,
): string {
  const upstream = emulated
    ? 'emulated on this machine; set DASHSCOPE_API_KEY to use the real one'
    : [...new Set(readTargets(variables).map(({ baseUrl }) => baseUrl))].join(', ')
  const admin = variables.ADMIN_TOKEN ? 'from ADMIN_TOKEN' : `in ${join(state, 'admin-token')}`
  return `
dashscope-edge listens on ${address}

  Playground   ${address}/console/#/play?key=${key}
  Operator     ${address}/console/#/overview?session=${session}
  DashScope    ${upstream}
  Client key   ${key}
  Admin token  ${admin}

Try it:

${firstRequest(address, key)}

For a stream, add: ${STREAM_OPTIONS}

Watch a comment on GitHub become a job and an answer:

${demo(address, state)}

Stop with Ctrl-C.
`
}

/** The demo of hooks, as one line for another terminal; it names what `npm run edge` would not find by itself. */
function demo(address: string, state: string): string {
  const settings = [
    ...(new URL(address).port === DEFAULT_PORT ? [] : [`DASHSCOPE_EDGE_URL=${address}`]),
    ...(state === DEFAULT_DIRECTORY ? [] : [`EDGE_STATE_DIRECTORY='${state}'`]),
  ]
  return [...settings, 'npm run edge -- hooks demo'].join(' ')
}
