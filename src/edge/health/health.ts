import { version } from '../../../package.json'
import { accessIssuers } from '../../auth/access.ts'
import { authorizeOperator } from '../../auth/operator-session.ts'
import { type Env, readConfig } from '../../config.ts'
import { asGatewayError } from '../../errors.ts'
import { meterNamespace } from '../../meter/meters.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { checkDashScope } from './dashscope.ts'
import { type Finding, fail, pass } from './finding.ts'
import { checkHooks } from './hooks.ts'
import { checkJobs } from './jobs.ts'
import { checkOrigins, checkSecrets } from './settings.ts'
import { checkKv, checkMeter } from './storage.ts'

/**
 * `GET /health`: whether the gateway runs, and whether the operator can sign in through Cloudflare Access; with
 * `?deep=1`, whether everything that it depends on works. The deep check needs the operator's credential, since it
 * writes to KV and calls DashScope. The token is read without the rest of the configuration, so that one invalid
 * variable does not hide all findings.
 */
export async function getHealth(c: EdgeContext): Promise<Response> {
  const access = accessIssuers(c.env).length > 0
  if (c.req.query('deep') !== '1') return c.json({ status: 'ok', version, ...(access && { access }) })
  const nowMs = Date.now()
  await authorizeOperator(c.req.raw, c.env, nowMs)
  const findings = await deepHealth(c.env, nowMs, c.get('exchange').url.origin)
  const status = findings.every(({ ok }) => ok) ? 'ok' : 'broken'
  return c.json({ status, checked_at: new Date(nowMs).toISOString(), findings })
}

/**
 * Runs all checks in parallel, each for at most HEALTH_DEADLINE_MS.
 *
 * @param origin the origin of the gateway in the request.
 * @returns the findings, in a fixed order; a broken part is a finding and not an error.
 */
export async function deepHealth(env: Env, nowMs: number, origin: string): Promise<Finding[]> {
  const parts = await Promise.all([
    checkKv('keys', env.KEYS),
    checkKv('cache', env.CACHE),
    checkMeter(meterNamespace(env)),
    checkSettings(env, nowMs),
    checkJobs(env, nowMs),
    checkHooks(env, origin),
  ])
  return [checkSecrets(env), ...parts.flat()]
}

/** DashScope and the origins can only be checked if the variables can be read. */
async function checkSettings(env: Env, nowMs: number): Promise<Finding[]> {
  try {
    const config = readConfig(env)
    const readable = pass('variables', 'All variables can be read.')
    return [readable, ...(await checkDashScope(config, nowMs)), checkOrigins(config.allowedOrigins)]
  } catch (thrown) {
    return [
      fail(
        'variables',
        asGatewayError(thrown).message,
        'Fix it in wrangler.toml (or with "npx wrangler secret put" for a secret) and deploy, or in .env for npm start.',
      ),
    ]
  }
}
