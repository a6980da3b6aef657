import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files that take more than seven seconds on two idle cores, of which they mostly wait for timeouts, retries and
 * heartbeats. Vitest knows durations only after a run on the same machine.
 */
const WAITING: readonly string[] = [
  'test/upstream/heartbeats-http.test.ts',
  'test/jobs/poller-http.test.ts',
  'test/edge/kept-bodies.test.ts',
  'test/regions/deadlines.test.ts',
  'test/realtime/endings.test.ts',
  'test/regions/homes.test.ts',
  'test/scripts/deploy.test.ts',
  'test/jobs/deliveries-http.test.ts',
  'test/promises/p4-honest-endings.test.ts',
  'test/realtime/sessions.test.ts',
  'test/hooks/restart.test.ts',
  'test/hooks/replies-http.test.ts',
  'test/meter/over-http/in-flight.test.ts',
  'test/realtime/renewals.test.ts',
  'test/regions/hedge-time.test.ts',
  'test/scripts/start.test.ts',
  'test/regions/breakers.test.ts',
  'test/jobs/recovery.test.ts',
  'test/policy/disabled-everywhere-http.test.ts',
  'test/hooks/cards-http.test.ts',
  'test/meter/over-http/log-secrets.test.ts',
  'test/cache/stale-if-error-http.test.ts',
  'test/realtime/later-frames.test.ts',
  'test/jobs/operator-events-http.test.ts',
  'test/upstream/outages-http.test.ts',
  'test/policy/aliases-everywhere-http.test.ts',
  'test/hostile/slow-callers.test.ts',
]

/** The share of the other files among which those that wait are spread; the rest fills the end of the run. */
const SPREAD = 0.8

/**
 * Spreads the files that wait among the others: if all ran at once, the cores would be idle, and at the end of the
 * run there would be nothing else to do. The others keep the order of Vitest within their project; Vitest runs one
 * project after the other.
 */
export default class SpreadWaits extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) =>
      WAITING.indexOf(relative(this.ctx.config.root, moduleId).replaceAll('\\', '/'))
    const sorted = (await super.sort(files)).sort((one, other) =>
      other.project.name.localeCompare(one.project.name),
    )
    const waiting = sorted.filter((file) => rank(file) >= 0).sort((one, other) => rank(one) - rank(other))
    const others = sorted.filter((file) => rank(file) < 0)
    const busy = others.filter(({ project }) => project.name === waiting[0]?.project.name).length
    const stride = Math.max(1, Math.floor((SPREAD * busy) / waiting.length))
    return others
      .flatMap((file, index) => {
        const next = index % stride === 0 ? waiting.shift() : undefined
        return next ? [next, file] : [file]
      })
      .concat(waiting)
  }
}
