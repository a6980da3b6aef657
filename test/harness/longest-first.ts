import { relative } from 'node:path'
import { BaseSequencer, type TestSpecification } from 'vitest/node'

/**
 * Files that take more than ten seconds on two idle cores, longest first: most of them wait for timeouts, retries and
 * processes, so they overlap with the others if they start early. Vitest knows this only after a run on the same machine.
 */
const LONGEST = [
  'test/upstream/heartbeats-http.test.ts',
  'test/jobs/poller-http.test.ts',
  'test/edge/kept-bodies.test.ts',
  'test/regions/deadlines.test.ts',
  'test/jobs/deliveries-http.test.ts',
  'test/hooks/restart.test.ts',
  'test/jobs/recovery.test.ts',
  'test/scripts/deploy.test.ts',
  'test/meter/over-http/in-flight.test.ts',
  'test/promises/p4-honest-endings.test.ts',
  'test/hooks/replies-http.test.ts',
  'test/realtime/sessions.test.ts',
  'test/scripts/start.test.ts',
  'test/regions/breakers.test.ts',
  'test/regions/homes.test.ts',
  'test/regions/retries.test.ts',
  'test/promises/p2-key-stays.test.ts',
  'test/proxy/batch-crash.test.ts',
  'test/scripts/start-in-process.test.ts',
  'test/cache/stale-if-error-http.test.ts',
  'test/scripts/edge-keys.test.ts',
  'test/meter/over-http/bill.test.ts',
  'test/meter/over-http/exactly-100.test.ts',
  'test/regions/hedge-time.test.ts',
]

/** Runs the longest files first and the others in the order of Vitest. */
export default class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.indexOf(relative(this.ctx.config.root, moduleId).replaceAll('\\', '/'))
      return index === -1 ? LONGEST.length : index
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
