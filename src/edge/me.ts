import { Hono } from 'hono/tiny'
import { version } from '../../package.json'
import { type Env, readConfig } from '../config.ts'
import { priceList } from '../dashscope/price-list.ts'
import type { Policy, Principal } from '../policy/key-record.ts'
import { identifyEdgeCaller } from './caller.ts'
import { wrongMethod } from './method-not-allowed.ts'

/**
 * `GET /me` and `GET /prices`, mounted at `/edge`: who the caller is, what it may do, and what that costs. A client key
 * and a session token may ask, and the operator.
 */
export const me = new Hono<{ Bindings: Env }>()

for (const path of ['/me', '/prices']) {
  me.use(path, async (context, next) => {
    await next()
    context.header('cache-control', 'no-store')
  })
}

me.get('/me', async (context) => {
  const { env, req } = context
  const { billing, maxBodyBytes } = readConfig(env)
  const caller = await identifyEdgeCaller(req.raw, env, Date.now(), { acceptsTokens: true })
  const gateway = { currency: billing.currency, version, max_body_bytes: maxBodyBytes }
  return context.json(
    caller.kind === 'operator'
      ? { kind: 'operator', ...gateway }
      : { ...whoIs(caller.principal), ...gateway },
  )
})

me.get('/prices', async (context) => {
  const { env, req } = context
  await identifyEdgeCaller(req.raw, env, Date.now(), { acceptsTokens: true })
  const { billing, region } = readConfig(env)
  return context.json(priceList(billing, region))
})

me.all('/me', wrongMethod('GET, HEAD'))
me.all('/prices', wrongMethod('GET, HEAD'))

/** What a caller may know of itself. A session token learns neither the name nor the money of its key. */
function whoIs({ keyId, policy, user, token }: Principal): object {
  const { cache_generation: _generation, ...fields } = policy
  if (!token) return { kind: 'key', id: keyId, ...fields }
  const { limits: _limits, user_limits, ...own } = fields
  return {
    kind: 'token',
    id: token.id,
    ...(user !== undefined && { user }),
    expires_at: new Date(1000 * token.expires).toISOString(),
    ...own,
    ...(user_limits && { user_limits: withoutMoney(user_limits) }),
    ...(token.budget && { budget: token.budget }),
  }
}

function withoutMoney(limits: NonNullable<Policy['user_limits']>): object {
  return Object.fromEntries(Object.entries(limits).filter(([name]) => !name.startsWith('money_')))
}
