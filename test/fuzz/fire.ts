import { Agent, request } from 'node:http'
import { type Case, makeCase, type Outcome, type World } from './case.ts'
import { findFaults, type Secrets } from './oracle.ts'

/** A gateway to shoot at. */
export interface Target {
  address: string
  world: World
  secrets: Secrets
}

/** What one case showed. */
export interface Shot {
  asked: Case
  outcome: Outcome
  faults: string[]
}

/** The emulator takes milliseconds. Where it asks for `Retry-After: 3`, the gateway waits twice so long. */
const HANGS_AFTER_MS = 30_000
const AT_ONCE = 16

/**
 * Sends cases over connections that stay open, a few at once, and judges each answer.
 *
 * @param indices numbers of the cases.
 * @param seen gets each one.
 */
export async function fire(
  target: Target,
  seed: number,
  indices: Iterable<number>,
  seen: (shot: Shot) => void,
): Promise<void> {
  const agent = new Agent({ keepAlive: true, maxSockets: AT_ONCE })
  const next = indices[Symbol.iterator]()
  const shoot = async () => {
    for (let step = next.next(); !step.done; step = next.next()) {
      const asked = makeCase(seed, step.value, target.world)
      const outcome = await send(target.address, asked, agent)
      seen({ asked, outcome, faults: findFaults(asked, outcome, target.secrets) })
    }
  }
  await Promise.all(Array.from({ length: AT_ONCE }, shoot))
  agent.destroy()
}

function send(address: string, { method, path, headers, body }: Case, agent: Agent): Promise<Outcome> {
  const { hostname, port } = new URL(address)
  return new Promise((resolve) => {
    const fail = (why: string) => resolve({ kind: 'failed', why })
    const length = body && { 'content-length': body.length }
    const outgoing = request({ hostname, port, method, path, agent, headers: { ...headers, ...length } })
    const timer = setTimeout(() => {
      fail(`nothing for ${HANGS_AFTER_MS / 1000} seconds`)
      outgoing.destroy()
    }, HANGS_AFTER_MS)
    outgoing.on('error', (error) => fail(error.message))
    outgoing.on('close', () => clearTimeout(timer))
    outgoing.on('response', (incoming) => {
      const pieces: Buffer[] = []
      incoming.on('data', (piece) => pieces.push(piece))
      const end = (isComplete: boolean) => {
        const { statusCode: status = 0, headers } = incoming
        resolve({ kind: 'answered', status, headers, text: Buffer.concat(pieces).toString(), isComplete })
      }
      incoming.on('error', () => end(false))
      incoming.on('end', () => end(true))
    })
    outgoing.end(body)
  })
}
