import { setTimeout as sleep } from 'node:timers/promises'
import { ask, type Heard, type SoakRequest } from './caller.ts'
import { bodyOf, headersOf, PATHS } from './dialects.ts'
import { type Plan, planOf } from './plan.ts'
import type { Stage } from './stage.ts'
import { judge, type Row } from './verdict.ts'

/** Requests that are under way at the same moment. */
const MOST_AT_ONCE = 16

/** About 20 requests a second: two cores carry the gateways, the emulator and their callers without a queue. */
const PLAN_EVERY_MS = 60

/** The proxy hears of the end of a call a little after the caller. */
const JUDGE_AFTER_MS = 2000

/** A model that no key of the run may use. */
const DENIED_MODEL = 'deepseek-v4-pro'

/** Well-formed, but the checksum at the end is wrong. */
const UNKNOWN_KEY = 'sk-edge-unknown'

/**
 * Sends the traffic of a seed until the time is over, and waits until all of it has ended.
 *
 * @param done hears of every request once, when it has been judged.
 */
export async function sendTraffic(
  stage: Stage,
  seed: number,
  lengthMs: number,
  done: (row: Row) => void,
): Promise<void> {
  const under = new Set<Promise<void>>()
  const judged: Promise<void>[] = []
  const endMs = Date.now() + lengthMs
  for (let index = 0; Date.now() < endMs; index++) {
    const plan = planOf(seed, index)
    while (under.size + plan.callers.length > MOST_AT_ONCE) await Promise.race(under)
    for (const leaving of plan.callers) {
      const heard = ask(requestOf(stage, plan), leaving)
      const slot = heard.then(() => {
        under.delete(slot)
      })
      under.add(slot)
      judged.push(heard.then((each) => judgeLater(stage, plan, each)).then(done))
    }
    await sleep(PLAN_EVERY_MS)
  }
  await Promise.all(judged)
}

async function judgeLater({ proxy }: Stage, plan: Plan, heard: Heard): Promise<Row> {
  await sleep(JUDGE_AFTER_MS)
  return judge(plan, heard, proxy.calls.get(plan.question) ?? [])
}

/** What is sent; a request that is to be refused gets its flaw here. */
function requestOf({ places }: Stage, { site, who, model, text, manner, refusal }: Plan): SoakRequest {
  const { address, credentials } = places[site]
  const body = bodyOf(refusal === 'denied-model' ? DENIED_MODEL : model, text, manner)
  const path = PATHS[manner.dialect]
  const key = refusal === 'unknown-key' ? UNKNOWN_KEY : credentials[who]
  return {
    address,
    path: refusal === 'unknown-path' ? `${path}-unknown` : path,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headersOf(manner) },
    body: refusal === 'bad-body' ? body.slice(0, -1) : body,
  }
}
