import { request } from 'node:http'
import { streamRequest } from './cases.ts'
import { isWholeStream, type StreamOrder } from './frames.ts'
import { memoryMebibytes } from './process.ts'
import { type Rig, startRig } from './rig.ts'

/** The number of streams per workerd process according to docs/benchmarks.md. */
const STREAMS = 1000
const FRAMES = 20
const FRAME_EVERY_MS = 100

/** Descriptors that workerd needs in addition to two sockets per stream. */
const SPARE_DESCRIPTORS = 100

/** A generous limit, so that a lost stream does not block the check. */
const DEADLINE_MS = 60_000

/** How one stream ended. */
type Ending = 'whole' | 'lost' | 'mixed up'

/** The number of open streams, and the action when all are open. */
interface Tally {
  open: number
  mostOpen: number
  onAllOpen: () => void
}

/**
 * Opens 1,000 streams at once through one workerd process, each with a different prompt, and compares every response
 * with the expected one. Streams pause after their first frame until all are open. Runs once for a key whose usage is
 * counted and once for one whose usage is not, each in its own process. Prints the counts and workerd's memory.
 *
 * @returns whether none was lost and none mixed up.
 */
export async function checkStreams(): Promise<boolean> {
  const metered = await openStreams('clientKey')
  const unmetered = await openStreams('unmeteredKey')
  if (metered.grownMebibytes && unmetered.grownMebibytes) {
    const ratio = (metered.grownMebibytes / unmetered.grownMebibytes).toFixed(2)
    console.log(`Memory of metered streams, compared with unmetered ones, at most 1.3: ${ratio}.`)
  }
  return metered.areWhole && unmetered.areWhole
}

async function openStreams(
  credential: 'clientKey' | 'unmeteredKey',
): Promise<{ areWhole: boolean; grownMebibytes: number | undefined }> {
  const count = streamsWithinLimits()
  if (count < STREAMS) {
    console.log(
      `A process may open too few files here for ${STREAMS} streams; ${count} are opened instead. Raise it with "ulimit -n ${2 * STREAMS + SPARE_DESCRIPTORS}".`,
    )
  }
  const rig = await startRig()
  const memoryBefore = memoryMebibytes(rig.pid)
  let memoryOpen: number | undefined
  const tally: Tally = { open: 0, mostOpen: 0, onAllOpen: () => (memoryOpen = memoryMebibytes(rig.pid)) }
  const start = performance.now()
  const endings = await Promise.all(
    Array.from({ length: count }, (_, number) =>
      stream(
        rig,
        rig.credentials[credential],
        { number, frames: FRAMES, everyMs: FRAME_EVERY_MS, openTogether: count },
        tally,
      ),
    ),
  )
  const seconds = (performance.now() - start) / 1000
  const tallied = (kind: Ending) => endings.filter((ending) => ending === kind).length
  console.log(
    `${count} streams of ${FRAMES} frames (${credential === 'clientKey' ? 'usage counted' : 'key not metered'}) through one workerd process in ${seconds.toFixed(1)} s: ${tally.mostOpen} open at once, ` +
      `${tallied('whole')} whole, ${tallied('lost')} lost, ${tallied('mixed up')} mixed up.`,
  )
  console.log(
    `Memory of workerd: ${mebibytes(memoryBefore)} before, ${mebibytes(memoryOpen)} with all of them open.`,
  )
  rig.stop()
  return {
    areWhole: tallied('whole') === count && tally.mostOpen === count,
    grownMebibytes:
      memoryBefore === undefined || memoryOpen === undefined ? undefined : memoryOpen - memoryBefore,
  }
}

/** One stream on its own connection, through node:http and not through the benchmark's own parser. */
function stream(rig: Rig, key: string, order: StreamOrder, tally: Tally): Promise<Ending> {
  const { path, headers, body } = streamRequest(key, order)
  const { promise, resolve } = Promise.withResolvers<Ending>()
  const caller = request({
    host: '127.0.0.1',
    port: rig.ports.gateway,
    method: 'POST',
    path,
    headers,
    agent: false,
  })
  const deadline = setTimeout(() => caller.destroy(), DEADLINE_MS)
  caller.on('response', (response) => {
    let text = ''
    response.setEncoding('utf8')
    response.once('data', () => {
      tally.open++
      tally.mostOpen = Math.max(tally.mostOpen, tally.open)
      if (tally.open === order.openTogether) tally.onAllOpen()
    })
    response.on('data', (piece: string) => {
      text += piece
    })
    response.on('close', () => {
      if (text !== '') tally.open--
      if (!response.complete) resolve('lost')
      else resolve(isWholeStream(text, order.number, order.frames) ? 'whole' : endingOf(text, order))
    })
  })
  caller.on('error', () => resolve('lost'))
  caller.on('close', () => {
    clearTimeout(deadline)
    resolve('lost')
  })
  caller.end(body)
  return promise
}

/** An incomplete stream is mixed up if it has text of another prompt, else lost. */
function endingOf(text: string, { number }: StreamOrder): Ending {
  const prompts = [...text.matchAll(/prompt (\d+) frame/g)].map(([, found]) => Number(found))
  return prompts.some((prompt) => prompt !== number) ? 'mixed up' : 'lost'
}

/** Children inherit the limit of this process; Node.js has already raised it to the maximum. */
function streamsWithinLimits(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } }
  const soft = report.userLimits?.open_files?.soft
  if (typeof soft !== 'number') return STREAMS
  return Math.max(1, Math.min(STREAMS, Math.floor((soft - SPARE_DESCRIPTORS) / 2)))
}

function mebibytes(value: number | undefined): string {
  return value === undefined ? 'not known here' : `${value.toFixed(0)} MiB`
}
