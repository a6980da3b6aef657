import { join } from 'node:path'
import { readTargets } from '../../src/dashscope/targets.ts'
import { DEFAULT_PORT } from '../edge/target.ts'
import { firstRequest, STREAM_OPTIONS } from '../first-request.ts'
import type { Settings } from '../settings.ts'
import { DEFAULT_DIRECTORY } from '../state.ts'

/** What `npm start` has started. */
export interface Running {
  address: string
  key: string
  /** The operator's session, for the link to the console. */
  session: string
  /** The URL of the demo page. */
  demo?: string
}

/** What `npm start` prints once the gateway listens. The admin token itself is not printed. */
export function greeting(
  { address, key, session, demo: page }: Running,
  { emulated, state, variables }: Settings,
): string {
  const upstream = emulated
    ? 'emulated on this machine; set DASHSCOPE_API_KEY to use the real service'
    : [...new Set(readTargets(variables).map(({ baseUrl }) => baseUrl))].join(', ')
  const admin = variables.ADMIN_TOKEN ? 'from ADMIN_TOKEN' : `in ${join(state, 'admin-token')}`
  return `
dashscope-edge listens on ${address}

Open in a browser:

  Playground   ${address}/console/#/play?key=${key}
${page ? `  Demo page    ${page}\n` : ''}  Operator     ${address}/console/#/overview?session=${session}
               (the session ends in 30 minutes)

  DashScope    ${upstream}
  Client key   ${key}
  Admin token  ${admin}

Try it in a terminal:

${firstRequest(address, key)}

For a stream, add: ${STREAM_OPTIONS}

For the commands of the README and the examples:

export DASHSCOPE_EDGE_URL=${address} DASHSCOPE_EDGE_KEY=${key}

Watch a comment on GitHub become a job and an answer:

${demo(address, state)}

Stop with Ctrl-C.
`
}

/**
 * The command of the hook demo, for another terminal; it sets the variables that `npm run edge` would not find by
 * itself.
 */
function demo(address: string, state: string): string {
  const settings = [
    ...(new URL(address).port === DEFAULT_PORT ? [] : [`DASHSCOPE_EDGE_URL=${address}`]),
    ...(state === DEFAULT_DIRECTORY ? [] : [`EDGE_STATE_DIRECTORY='${state}'`]),
  ]
  return [...settings, 'npm run edge -- hooks demo'].join(' ')
}
