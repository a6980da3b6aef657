import { request } from 'node:http'
import { streamRequest } from './cases.ts'
import { isWholeStream, type StreamOrder } from './frames.ts'
import { memoryMebibytes } from './process.ts'
import { type Rig, startRig } from './rig.ts'

/** As many streams as docs/benchmarks.md says that one workerd process holds. */
const STREAMS = 1000
const FRAMES = 20
const FRAME_EVERY_MS = 100

/** Descriptors that workerd needs besides two sockets a stream. */
const SPARE_DESCRIPTORS = 100

/** Far more than it takes; a stream that is lost must not hold the check for ever. */
const DEADLINE_MS = 60_000

/** How one stream ended. */
type Ending = 'whole' | 'lost' | 'mixed up'

/** How many streams are open, and what happens once all of them are. */
interface Tally {
  open: number
  mostOpen: number
  onAllOpen: () => void
}

/**
 * Opens 1,000 streams at once through one workerd process, each with a prompt of its own, and compares every answer with
 * the one its prompt must get. No stream goes on after its first frame before all are open. Runs once for a key whose usage
 * is counted and once for one whose usage is not, each in a process of its own.
 *
 * @returns whether none was lost and none mixed up; prints the counts and workerd's memory.
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

/** One stream on a connection of its own, through node:http so that the bench's own parser is not believed here. */
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

/** A stream that is not whole is mixed up when it holds a word of another prompt, else something is missing. */
function endingOf(text: string, { number }: StreamOrder): Ending {
  const prompts = [...text.matchAll(/prompt (\d+) frame/g)].map(([, found]) => Number(found))
  return prompts.some((prompt) => prompt !== number) ? 'mixed up' : 'lost'
}

/** Children inherit the limit of this process; Node.js has raised it as far as it may. */
function streamsWithinLimits(): number {
  const report = process.report.getReport() as { userLimits?: { open_files?: { soft: number | string } } }
  const soft = report.userLimits?.open_files?.soft
  if (typeof soft !== 'number') return STREAMS
  return Math.max(1, Math.min(STREAMS, Math.floor((soft - SPARE_DESCRIPTORS) / 2)))
}

function mebibytes(value: number | undefined): string {
  return value === undefined ? 'not known here' : `${value.toFixed(0)} MiB`
}
