import { version } from '../../package.json'
import { readConfig } from '../config.ts'
import { priceList } from '../dashscope/price-list.ts'
import { meterNamespace } from '../meter/meters.ts'
import type { Policy, Principal } from '../policy/key-record.ts'
import type { EdgeContext } from '../proxy/exchange.ts'
import { identifyEdgeCaller } from './caller.ts'
import { readLimitsLeft } from './limits-left.ts'

/** `GET /me`: who the caller is and what it may do; for client keys, session tokens and the operator. */
export async function getMe(c: EdgeContext): Promise<Response> {
  const { billing, calendar, maxBodyBytes, requestLog } = readConfig(c.env)
  const caller = await identifyEdgeCaller(c.req.raw, c.env, Date.now(), { acceptsTokens: true })
  const gateway = {
    currency: billing.currency,
    time_zone: calendar.timeZone,
    version,
    max_body_bytes: maxBodyBytes,
    request_log: requestLog,
  }
  if (caller.kind === 'operator') return c.json({ kind: 'operator', ...gateway })
  const { principal } = caller
  const limits_left = await readLimitsLeft(principal, meterNamespace(c.env), Date.now())
  return c.json({ ...whoIs(principal), limits_left, ...gateway })
}

/** `GET /prices`: the prices of models, for the same callers. */
export async function getPrices(c: EdgeContext): Promise<Response> {
  await identifyEdgeCaller(c.req.raw, c.env, Date.now(), { acceptsTokens: true })
  const { billing, region } = readConfig(c.env)
  return c.json(priceList(billing, region))
}

/** What is shown to a caller about itself. A session token sees neither the name nor the money limits of its key. */
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
