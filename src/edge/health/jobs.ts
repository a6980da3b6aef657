import type { Env } from '../../config.ts'
import { readConfig } from '../../config.ts'
import { ledgersOf, OPERATOR, pollersOf } from '../../jobs/bindings.ts'
import type { LedgerHealth } from '../../jobs/ledger/health.ts'
import { type Finding, fail, pass, warn } from './finding.ts'
import { inTime, reasonOf, unbound } from './storage.ts'

/** A poller looks up every task within half a minute; one that is five minutes late is not running. */
const POLLER_LAG_MS = 300_000

/** Due work usually starts within seconds. */
const OVERDUE_MS = 300_000

/**
 * Checks whether jobs run, tasks are looked up and messages are delivered. The operator's ledger counts the dead
 * messages of all keys.
 */
export async function checkJobs(env: Env, nowMs: number): Promise<Finding[]> {
  const missing = (['FLOW', 'LEDGER', 'POLLER'] as const).find((name) => !env[name])
  if (missing) return [unbound('jobs', missing)]
  try {
    const ledger = await inTime(async () => ledgersOf(env).getByName(OPERATOR).health(nowMs))
    const pollers = await Promise.all(
      targetIds(env).map(async (id) => {
        const { lagMs } = await inTime(async () => pollersOf(env).getByName(id).health(nowMs))
        return { id, lagMs }
      }),
    )
    const stuck = pollers.find(({ lagMs }) => lagMs > POLLER_LAG_MS)
    return [
      stuck
        ? fail(
            'poller',
            `The tasks of ${stuck.id} have not been looked up for ${Math.round(stuck.lagMs / 60_000)} minutes.`,
            'Look for errors of the Durable Object Poller in the log, then deploy again.',
          )
        : pass('poller', 'Tasks are looked up on time.'),
      ...deliveryFindings(ledger),
    ]
  } catch (thrown) {
    return [
      fail(
        'jobs',
        `The Durable Objects LEDGER and POLLER do not respond (${reasonOf(thrown)}): no job is accepted.`,
        'Look at www.cloudflarestatus.com; if it began with a deployment, deploy again with the [[migrations]] of wrangler.toml.',
      ),
    ]
  }
}

/** Empty if the variables cannot be read, which is reported by another finding. */
function targetIds(env: Env): string[] {
  try {
    return readConfig(env).targets.map(({ id }) => id)
  } catch {
    return []
  }
}

function deliveryFindings(health: LedgerHealth): Finding[] {
  const { overdueMs, dead, deadKeys, disabledEndpoints, lockedSecrets } = health
  const findings: Finding[] = []
  if (overdueMs > OVERDUE_MS) {
    const says = `Messages have been due for ${Math.round(overdueMs / 60_000)} minutes.`
    findings.push(fail('deliveries', says, 'Look for errors of the Durable Object Ledger in the log.'))
  }
  if (lockedSecrets > 0) {
    const says = `${lockedSecrets} signing secrets of the operator cannot be decrypted, because ADMIN_TOKEN was changed.`
    findings.push(fail('deliveries', says, 'POST /edge/jobs/endpoints/{id}/secret/rotate creates new ones.'))
  }
  if (dead > 0) {
    const [key = ''] = deadKeys
    const whose = key === '' ? '' : ` Keys: ${deadKeys.slice(0, 10).join(', ')}.`
    const messages = dead === 1 ? '1 message' : `${dead} messages`
    const says = `${messages} of the last 24 hours could not be delivered.${whose}`
    const fix = `npm run edge -- deliveries list --status dead${key && ` --key ${key}`}`
    findings.push(warn('deliveries', says, fix))
  }
  if (disabledEndpoints.length > 0) {
    const says = `Endpoints of the operator are disabled: ${disabledEndpoints.join(', ')}.`
    findings.push(warn('deliveries', says, 'Fix the receivers and set "disabled" to false.'))
  }
  return findings.length > 0 ? findings : [pass('deliveries', 'No message of the last 24 hours is dead.')]
}
