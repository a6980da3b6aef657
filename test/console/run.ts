/**
 * The console in a real browser: `npm run test:console [-- words of a check]`. Prints a line a check and `N passed, N failed`.
 */
import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { accessChecks } from './checks/access.ts'
import { apiChecks } from './checks/api.ts'
import { attackChecks } from './checks/attacks.ts'
import { choiceChecks } from './checks/choices.ts'
import { clientChecks } from './checks/client.ts'
import { codeChecks } from './checks/code.ts'
import { errorChecks } from './checks/errors.ts'
import { hookChecks } from './checks/hooks.ts'
import { jobChecks } from './checks/jobs.ts'
import { keptBodyChecks } from './checks/kept-bodies.ts'
import { keyChecks } from './checks/keys.ts'
import { operatorChecks } from './checks/operator.ts'
import { overviewChecks } from './checks/overview.ts'
import { playChecks } from './checks/play.ts'
import { playToolChecks } from './checks/play-tools.ts'
import { safetyChecks } from './checks/safety.ts'
import { speedChecks } from './checks/speed.ts'
import { studioChecks } from './checks/studio.ts'
import { timeChecks } from './checks/time.ts'
import { usageChecks } from './checks/usage.ts'
import { setStage } from './stage.ts'

/** One check; the slowest looks at every page in both languages and schemes. */
const CHECK_MS = 600_000

process.chdir(join(import.meta.dirname, '..', '..'))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

if (!existsSync('/usr/bin/chromium')) {
  console.log('Skipped. There is no /usr/bin/chromium; on Debian: apt-get install chromium')
  console.log('0 passed, 0 failed')
  process.exit(0)
}

/** Several choices are separated by `|`. */
const words = process.argv.slice(2).join(' ').toLowerCase().split('|')
const all = [
  ...playChecks,
  ...playToolChecks,
  ...choiceChecks,
  ...codeChecks,
  ...errorChecks,
  ...clientChecks,
  ...studioChecks,
  ...usageChecks,
  ...operatorChecks,
  ...keptBodyChecks,
  ...overviewChecks,
  ...keyChecks,
  ...hookChecks,
  ...jobChecks,
  ...apiChecks,
  ...safetyChecks,
  ...attackChecks,
  ...accessChecks,
  ...timeChecks,
  ...speedChecks,
]
const stage = await setStage()
let passed = 0
let failed = 0
for (const [what, work] of all.filter(([title]) =>
  words.some((each) => title.toLowerCase().includes(each)),
)) {
  let timer: ReturnType<typeof setTimeout> | undefined
  const late = new Promise<never>((_, reject) => {
    timer = setTimeout(() => reject(new Error(`not through after ${CHECK_MS / 1000} s`)), CHECK_MS)
  })
  try {
    await Promise.race([work(stage), late])
    passed++
    console.log(`passed  ${what}`)
  } catch (error) {
    failed++
    console.log(`failed  ${what}\n${error instanceof Error ? error.message : error}`)
  } finally {
    clearTimeout(timer)
  }
}
await stage.stop()
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)
