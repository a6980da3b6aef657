import { Hono } from 'hono/tiny'
import { version } from '../../package.json'
import { authenticate } from '../auth/authenticate.ts'
import { tokenPlaceAt } from '../auth/session.ts'
import { type Env, readConfig } from '../config.ts'
import { originsOfKey, refuseForeignOrigin } from '../policy/origins.ts'
import { wrongMethod } from './method-not-allowed.ts'

export const me = new Hono<{ Bindings: Env }>()

me.get('/me', async (context) => {
  const { env, req } = context
  const config = readConfig(env)
  const { origin } = new URL(req.url)
  const nowMs = Date.now()
  const { headers } = req.raw
  const caller = await authenticate(headers, env, nowMs, tokenPlaceAt(origin, config))
  const { keyId, user, token, policy } = caller
  refuseForeignOrigin(headers.get('origin'), originsOfKey(policy.origins, config.allowedOrigins, origin))
  return context.json(
    {
      kind: token ? 'token' : 'key',
      id: keyId,
      ...policy,
      ...(user !== undefined && { user }),
      currency: config.billing.currency,
      version,
      max_body_bytes: config.maxBodyBytes,
    },
    200,
    { 'cache-control': 'no-store' },
  )
})

me.all('/me', wrongMethod('GET, HEAD'))
