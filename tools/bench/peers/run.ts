/**
 * Compares the gateway with a bare Worker and with other gateways: in one run, in turns, with the same upstream.
 *
 * npm run bench:peers                     the tables, in less than four minutes; all numbers go to tools/bench/peers/result.json
 * npm run bench:peers -- --write          the same, and writes result.md and result.svg for docs/benchmarks.md
 * npm run bench:peers -- --litellm        LiteLLM's proxy too (installs some hundred Python packages the first time)
 * npm run bench:peers -- --rounds N       more rounds are steadier (default 5)
 *
 * BENCH_VERBOSE=1 in the environment shows what the contenders print to their standard error.
 */
import { writeFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { parseArgs } from 'node:util'
import { watchMachine } from './machine.ts'
import { measureMemory, measureOthers, measureStreams, measureThroughput } from './measure.ts'
import { plot } from './plot.ts'
import { preflight } from './preflight.ts'
import { markdown, plainText } from './print.ts'
import type { Result } from './result.ts'
import { setStage } from './stage.ts'

const { values } = parseArgs({
  options: {
    write: { type: 'boolean', default: false },
    litellm: { type: 'boolean', default: false },
    rounds: { type: 'string', default: '5' },
  },
})
const rounds = Number(values.rounds)
if (!Number.isSafeInteger(rounds) || rounds < 1) {
  console.error(
    'Usage: npm run bench:peers -- [--write] [--litellm] [--rounds N]; N is a whole number from 1.',
  )
  process.exit(2)
}

/** Lower numbers are reserved for repeated questions. */
let number = 1000
const next = () => ++number

const stage = await setStage(values.litellm)
for (const route of [stage.direct, stage.bare, stage.gateway, ...stage.variants, ...stage.peers]) {
  await preflight(route, next)
}
const describe = watchMachine(stage.versions, new Date())
const memory = await measureMemory(stage, next)
const throughput = await measureThroughput(stage, rounds, next)
const streams = await measureStreams(stage, rounds, next)
const others = await measureOthers(stage, next)
const result: Result = {
  machine: describe(),
  rounds,
  ...memory,
  ...throughput,
  streams,
  ...others,
  remarks: stage.remarks,
}
stage.stop()

console.log(plainText(result))
write('result.json', `${JSON.stringify(result, undefined, 2)}\n`)
if (values.write) {
  write('result.md', markdown(result))
  write('result.svg', plot(result))
}
process.exit(0)

function write(name: string, text: string): void {
  writeFileSync(fileURLToPath(import.meta.resolve(`./${name}`)), text)
}
