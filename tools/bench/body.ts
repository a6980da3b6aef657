import { once } from 'node:events'
import { type IncomingMessage, request } from 'node:http'
import { mediaRequest } from './cases.ts'
import { memoryMebibytes } from './process.ts'
import { type Rig, startRig } from './rig.ts'

/** The gateway's default maximum (MAX_BODY_BYTES). */
const BODY_BYTES = 20 * 1024 * 1024

/** Half of an isolate's limit: the bytes of a body are outside of V8's heap, its text and parsed value inside. */
const V8_FLAGS = ['--max-old-space-size=64']

/** Sequential requests, so that leaks would add up; then parallel ones. */
const IN_TURN = 12
const AT_ONCE = 3

/** A generous limit, so that a lost request does not block the check. */
const DEADLINE_MS = 30_000

/**
 * Sends bodies of the maximum size, with an image in each, through a workerd whose isolates have little memory.
 * Prints the counts and workerd's memory.
 *
 * @returns whether all were answered.
 */
export async function checkBodies(): Promise<boolean> {
  const rig = await startRig(V8_FLAGS)
  const memoryBefore = memoryMebibytes(rig.pid)
  let responses = 0
  for (let number = 0; number < IN_TURN; number++) responses += await send(rig, number)
  const together = Array.from({ length: AT_ONCE }, (_, number) => send(rig, IN_TURN + number))
  const responsesAtOnce = (await Promise.all(together)).reduce((sum, each) => sum + each, 0)
  const memoryAfter = memoryMebibytes(rig.pid)
  console.log(
    `Bodies of ${BODY_BYTES / 1024 / 1024} MiB with ${V8_FLAGS.join(' ')}: ${responses} of ${IN_TURN} in turn and ` +
      `${responsesAtOnce} of ${AT_ONCE} at once were answered.`,
  )
  if (memoryBefore !== undefined && memoryAfter !== undefined) {
    console.log(`Memory of workerd: ${memoryBefore.toFixed(0)} MiB before, ${memoryAfter.toFixed(0)} after.`)
  }
  rig.stop()
  return responses === IN_TURN && responsesAtOnce === AT_ONCE
}

/** The number of responses to a request: 1, or 0 if it was refused or the connection broke. */
async function send(rig: Rig, number: number): Promise<number> {
  const { path, headers, body } = mediaRequest(rig.credentials.clientKey, number, BODY_BYTES)
  const asking = request({
    host: '127.0.0.1',
    port: rig.ports.gateway,
    path,
    method: 'POST',
    headers,
    agent: false,
    signal: AbortSignal.timeout(DEADLINE_MS),
  })
  asking.end(body)
  try {
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    for await (const _piece of response);
    return response.statusCode === 200 ? 1 : 0
  } catch {
    return 0
  }
}
