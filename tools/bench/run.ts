/**
 * Measures the cost of the gateway in raw workerd, compared with a Worker that only fetches.
 *
 * npm run bench                      the table, in about five minutes
 * npm run bench -- --quick           the same in a minute, less steady
 * npm run bench -- --json FILE       the same, and all numbers as JSON
 * npm run bench -- --write           the same, and puts the table into docs/benchmarks.md
 * npm run bench -- --rounds N        more rounds are steadier (default 7)
 * npm run bench -- all --write       the same, with cost, reservations, pause, growth, leaving and assets, in about ten minutes
 * npm run bench -- streams           the check with 1,000 streams at once
 * npm run bench -- body              the check with bodies of 20 MiB and little memory
 * npm run bench -- batch             the check with a batch file of 500 MB
 * npm run bench -- growth            the check of usage reports over many users and keys
 * npm run bench -- pause             how long reservations wait for a report over four million rows
 * npm run bench -- reservations      reservations a second of one key's meter
 * npm run bench -- cost              CPU time of a body by its shape and size
 * npm run bench -- leaving           what workerd notices of a caller that leaves
 * npm run bench -- assets            what the console's files cost requests to the API
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { checkAssets } from './assets.ts'
import { awake } from './awake.ts'
import { checkBatchUpload } from './batch-upload.ts'
import { checkBodies } from './body.ts'
import { checkBodyCost } from './body-cost.ts'
import { AS_WRITTEN, compareChunks, SATURATED } from './chunks.ts'
import { compareFirstByte } from './first-byte.ts'
import { checkGrowth } from './growth.ts'
import { checkLeaving } from './leaving.ts'
import { checkPause } from './pause.ts'
import { describeMachine, printable, type Report } from './report.ts'
import { checkReservations } from './reservations.ts'
import { startRig } from './rig.ts'
import { checkStreams } from './streams.ts'
import { compareThroughput, type Rounds } from './throughput.ts'
import { writeFigures } from './write-docs.ts'

/** The extent of the measurements. */
interface Extent extends Rounds {
  /** Frames per stream at saturation. */
  frames: number
  /** Frames per stream at 30 frames a second, and the number of rounds, since these take long. */
  slowFrames: number
  slowRounds: number
  firstByteRequests: number
}

/** A second is long enough that the resolution of CPU time, a hundredth of a second, does not matter. */
const WHOLE: Extent = {
  count: 7,
  seconds: 1,
  warmUpSeconds: 3,
  frames: 1000,
  slowFrames: 200,
  slowRounds: 3,
  firstByteRequests: 300,
}

/** A minute, to check that everything works; the figures are less reliable. */
const QUICK: Extent = {
  count: 2,
  seconds: 0.5,
  warmUpSeconds: 0.5,
  frames: 200,
  slowFrames: 60,
  slowRounds: 1,
  firstByteRequests: 50,
}

/** What `all` runs after the table. */
const FIGURES = ['cost', 'reservations', 'pause', 'growth', 'leaving', 'assets']

/** Checks that pass or fail independent of the machine. */
const CHECKS: Readonly<Record<string, (write: boolean) => Promise<boolean>>> = {
  assets: checkAssets,
  streams: checkStreams,
  body: checkBodies,
  batch: checkBatchUpload,
  cost: checkBodyCost,
  growth: checkGrowth,
  leaving: checkLeaving,
  pause: checkPause,
  reservations: checkReservations,
}

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: {
    json: { type: 'string' },
    rounds: { type: 'string' },
    quick: { type: 'boolean', default: false },
    write: { type: 'boolean', default: false },
  },
})
const extent = values.quick ? QUICK : WHOLE
const rounds = Number(values.rounds ?? extent.count)
const [checkName, ...more] = positionals
const check = CHECKS[checkName ?? '']
const isAll = checkName === 'all'
if (
  (checkName !== undefined && !check && !isAll) ||
  more.length > 0 ||
  !Number.isSafeInteger(rounds) ||
  rounds < 1
) {
  console.error(
    'Usage: npm run bench -- [all | assets | streams | body | batch | cost | growth | leaving | pause | reservations] [--quick] [--write] [--rounds N] [--json FILE]; N is a whole number from 1.',
  )
  process.exit(2)
}
if (check) process.exit((await check(values.write)) ? 0 : 1)

const rig = await startRig()
const machine = describeMachine(rig.workerdVersion)
const report: Report = {
  machine,
  throughput: await compareThroughput(rig, { ...extent, count: rounds }),
  chunks: await compareChunks(rig, SATURATED, rounds, extent.frames),
  slowChunks: await compareChunks(rig, AS_WRITTEN, extent.slowRounds, extent.slowFrames),
  firstByte: await awake(() => compareFirstByte(rig, extent.firstByteRequests)),
}
const printed = printable(report)
console.log(printed)
if (values.write) writeFigures('bench', printed, 'npm run bench')
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
rig.stop()
// A check that fails on a busy machine must not discard the figures of the others.
for (const name of isAll ? FIGURES : []) {
  await CHECKS[name]?.(values.write).catch((thrown) => console.error(`${name}: ${thrown}`))
}
process.exit(0)
