/**
 * A real browser on a page of another origin: `npm run test:browser`. Prints a line a check and `N passed, N failed`.
 */
import assert from 'node:assert/strict'
import { join } from 'node:path'
import { type Check, visitorChecks } from './checks.ts'
import { missingChromium, startChromium } from './chromium.ts'
import { connect } from './devtools.ts'
import { omniChecks } from './omni-checks.ts'
import { recordSpeech } from './recording.ts'
import { foreignChecks, scriptChecks } from './script-checks.ts'
import { setStage } from './stage.ts'
import { WIDGET, WIDGET_HOST } from './turnstile.ts'

/** All checks take a few seconds, and two bundles on a busy machine most of a minute. */
const DEADLINE_MS = 90_000

process.chdir(join(import.meta.dirname, '..', '..'))
// Chromium and workerd end with this process, so it has to end in order.
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const missing = missingChromium(process.argv.includes('--install') || process.env.CI === 'true')
if (missing !== undefined) {
  console.log(`Skipped. ${missing}`)
  console.log('0 passed, 0 failed')
  process.exit(0)
}

let passed = 0
let failed = 0
setTimeout(() => {
  console.error(`The checks were not through after ${DEADLINE_MS / 1000} s.`)
  console.log(`${passed} passed, ${failed + 1} failed`)
  process.exit(1)
}, DEADLINE_MS).unref()

const stage = await setStage()
const chromium = await startChromium(await recordSpeech())
const openPage = await connect(chromium.devtools)
const page = await openPage({ [WIDGET_HOST]: WIDGET })
const foreignPage = await openPage({ [WIDGET_HOST]: WIDGET })

await runAll([
  ...visitorChecks(page, stage),
  ...scriptChecks(page, stage),
  ...foreignChecks(foreignPage, stage),
  ...omniChecks(page, stage),
  ['the pages threw nothing', async () => assert.deepEqual([...page.thrown(), ...foreignPage.thrown()], [])],
])
chromium.stop()
await stage.stop()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)

async function runAll(checks: readonly Check[]): Promise<void> {
  for (const [what, work] of checks) {
    try {
      await work()
      passed++
      console.log(`passed  ${what}`)
    } catch (error) {
      failed++
      console.log(`failed  ${what}\n${error instanceof Error ? error.message : error}`)
    }
  }
}
