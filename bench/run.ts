/**
 * What the gateway costs, measured in raw workerd beside a Worker that does nothing but fetch.
 *
 * npm run bench                      the table, in about a minute and a half
 * npm run bench -- --json FILE       the same, and all numbers as JSON
 * npm run bench -- --rounds N        more rounds are steadier (default 5)
 * npm run bench -- streams           the check with 1,000 streams at once
 */
import { writeFileSync } from 'node:fs'
import { parseArgs } from 'node:util'
import { compareChunks } from './chunks.ts'
import { compareFirstByte } from './first-byte.ts'
import { describeMachine, printable, type Report } from './report.ts'
import { startRig } from './rig.ts'
import { checkStreams } from './streams.ts'
import { compareThroughput } from './throughput.ts'

/** Long enough that a hundredth of a second of CPU time, the clock's grain, is less than a hundredth of the whole. */
const SECONDS_PER_ROUND = 1.5
const FIRST_BYTE_REQUESTS = 300

const { values, positionals } = parseArgs({
  allowPositionals: true,
  options: { json: { type: 'string' }, rounds: { type: 'string', default: '5' } },
})

if (positionals[0] === 'streams') {
  process.exit((await checkStreams()) ? 0 : 1)
}
const rounds = Number(values.rounds)
if (positionals.length > 0 || !Number.isSafeInteger(rounds) || rounds < 1) {
  console.error('Usage: npm run bench -- [streams] [--rounds N] [--json FILE]; N is a whole number from 1.')
  process.exit(2)
}

const rig = await startRig()
const machine = describeMachine(rig.workerdVersion)
const report: Report = {
  machine,
  throughput: await compareThroughput(rig, { count: rounds, seconds: SECONDS_PER_ROUND }),
  chunks: await compareChunks(rig, rounds),
  firstByte: await compareFirstByte(rig, FIRST_BYTE_REQUESTS),
}
console.log(printable(report))
if (values.json !== undefined) writeFileSync(values.json, `${JSON.stringify(report, undefined, 2)}\n`)
process.exit(0)
