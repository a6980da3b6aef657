import { Hono } from 'hono/tiny'
import { authorizeOperator } from '../../auth/operator-session.ts'
import { type Env, readConfig } from '../../config.ts'
import { asGatewayError } from '../../errors.ts'
import { meterNamespace } from '../../meter/meters.ts'
import { checkDashScope } from './dashscope.ts'
import { broken, type Finding, good } from './finding.ts'
import { checkOrigins, checkSecrets } from './settings.ts'
import { checkKv, checkMeter } from './storage.ts'

/**
 * `GET /edge/health?deep=1`, mounted at `/edge` before the plain health, which gets every request without `deep=1`.
 * It needs the operator's credential, since each call writes to KV and asks DashScope, and throws GatewayError like the
 * operator's other endpoints. The token is read past the configuration: one wrong variable must not hide all findings.
 */
export const health = new Hono<{ Bindings: Env }>()

health.get('/health', async (context, next) => {
  if (context.req.query('deep') !== '1') return next()
  const nowMs = Date.now()
  await authorizeOperator(context.req.raw, context.env, nowMs)
  const findings = await deepHealth(context.env, nowMs)
  const status = findings.every(({ ok }) => ok) ? 'ok' : 'broken'
  const answer = { status, checked_at: new Date(nowMs).toISOString(), findings }
  return context.json(answer, 200, { 'cache-control': 'no-store' })
})

/**
 * Looks at everything the gateway leans on, all parts at once, none longer than HEALTH_DEADLINE_MS.
 *
 * @returns the findings, in a fixed order; nothing is thrown for what is broken.
 */
export async function deepHealth(env: Env, nowMs: number): Promise<Finding[]> {
  const parts = await Promise.all([
    checkKv('keys', env.KEYS),
    checkKv('cache', env.CACHE),
    checkMeter(meterNamespace(env)),
    checkSettings(env, nowMs),
  ])
  return [checkSecrets(env), ...parts.flat()]
}

/** DashScope can only be asked, and origins only be judged, where the variables can be read. */
async function checkSettings(env: Env, nowMs: number): Promise<Finding[]> {
  try {
    const config = readConfig(env)
    const readable = good('variables', 'All variables can be read.')
    return [readable, ...(await checkDashScope(config, nowMs)), checkOrigins(config.allowedOrigins)]
  } catch (thrown) {
    return [
      broken(
        'variables',
        asGatewayError(thrown).message,
        'Mend it in wrangler.toml (or with "npx wrangler secret put" for a secret) and deploy, or in .env for npm start.',
      ),
    ]
  }
}
