import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { EVENT_SOURCES } from './events.ts'
import { createHooks, type Promised, sendOne, submitJob } from './load.ts'
import { startStage } from './stage.ts'
import { judge, type Kill, type Repeats } from './verdict.ts'

/**
 * `npm run chaos`: jobs of all kinds and events of all kinds of hooks, over a gateway that is killed with -9 about every ten
 * seconds at random moments, storage that takes its time, and receivers and platforms that fail half the time. At the end
 * everything that was answered with 202 or acknowledged has to be delivered or dead, and nothing may be asked of DashScope
 * twice unless a kill has cut a call short.
 */

/** After the last kill, what is open has this long to end. A paused destination gets its next message after a minute. */
const PATIENCE_MS = 300_000

const { values } = parseArgs({ options: { minutes: { type: 'string', default: '5' } } })
const stage = await startStage()
const hooks = await createHooks(stage)
const endMs = Date.now() + Number(values.minutes) * 60_000
const promised: Promised = { jobs: new Map(), events: new Map(), refused: 0 }
const kills: Kill[] = []

/** Callers that are not connected yet wait for the gateway; those that are see it end. */
let started: Promise<void> = Promise.resolve()
const killing = (async () => {
  while (Date.now() < endMs - 5000) {
    await sleep(6000 + Math.random() * 8000)
    // The emulator keeps the last 2,000 calls only.
    await stage.calls()
    started = killAndStart()
    await started
  }
})()
async function killAndStart(): Promise<void> {
  const fromMs = Date.now()
  await stage.gateway.kill()
  kills.push({ fromMs, toMs: Date.now() })
  await stage.gateway.start()
}

const sending: Promise<void>[] = []
for (let number = 0; Date.now() < endMs; number++) {
  await started
  const source = EVENT_SOURCES[(number >> 1) % EVENT_SOURCES.length]
  const hook = hooks.get(source?.kind ?? '')
  // Jobs and events in turn.
  const work =
    number % 2 && source && hook
      ? sendOne(stage, source, hook, number, promised)
      : submitJob(stage, number, promised).catch(() => {
          promised.refused++
        })
  sending.push(work)
  await sleep(100 + Math.random() * 200)
}
await Promise.all([killing, ...sending])
stage.receiver.recover()

let verdict = await judge(stage, promised, kills)
for (const untilMs = Date.now() + PATIENCE_MS; Date.now() < untilMs; ) {
  if (verdict.jobs.open + verdict.events.open === 0) break
  await sleep(5000)
  verdict = await judge(stage, promised, kills)
}
const { jobs, events, calls, messages, replies } = verdict
const summary = {
  minutes: Number(values.minutes),
  kills: kills.length,
  refused: promised.refused,
  ...verdict,
}
console.log(JSON.stringify(summary, null, 2))
console.log(
  `Made twice: ${perThousand(calls)} of 1,000 calls, ${perThousand(messages)} of 1,000 messages, ${perThousand(replies)} of 1,000 ` +
    `replies; ${calls.unexplained} calls were repeated without a kill.`,
)
await stage.stop()
const isComplete = jobs.open + jobs.lost + events.open + events.lost === 0
// A call that a kill has cut short is made again, and no other one is.
const isGood = isComplete && promised.jobs.size > 0 && promised.events.size > 0 && calls.unexplained === 0
console.log(
  isGood ? 'All that was promised is delivered or dead.' : 'Something was lost, or asked too often.',
)
process.exit(isGood ? 0 : 1)

function perThousand({ all, repeated }: Repeats): string {
  return ((1000 * repeated) / Math.max(all, 1)).toFixed(1)
}
