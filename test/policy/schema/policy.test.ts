import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import { type OperatorGateway, operatorGateway } from '../../edge/gateway.ts'

let gateway: OperatorGateway

beforeEach(() => {
  vi.useFakeTimers({ now: Date.parse('2026-11-24T12:00:00Z'), toFake: ['Date'] })
  gateway = operatorGateway()
})

afterEach(() => {
  vi.useRealTimers()
})

const policy = {
  caps: {
    max_tokens: 1000,
    n: 1,
    thinking_budget: 500,
    enable_thinking: false,
    enable_search: false,
    tools: false,
    media_parts: 0,
    media_bytes: 0,
  },
  ip_ranges: ['192.0.2.0/24', '2001:db8::/32'],
  limits: { requests_per_minute: 60, tokens_per_day: 100_000, money_per_month: 12.5, requests_in_flight: 4 },
  user_limits: { tokens_per_minute: 1000 },
  mint: {
    turnstile: { hostnames: ['app.example'], action: 'chat' },
    issuers: ['login'],
    budget: { requests: 20, tokens: 10_000 },
    frozen: { model: 'qwen-plus', system: 'Be brief.', parameters: { temperature: 0, stop: null } },
  },
  metered: false,
}

describe('the policy of a key', () => {
  it('The policy is stored whole, shown, changed and removed.', async () => {
    const { id, key } = await gateway.create(policy)
    expect((await gateway.enter(key)).policy).toMatchObject(policy)
    const change = { caps: { n: 2 }, mint: null, metered: null, user_limits: null }
    const { status, body } = await gateway.call('PATCH', `/edge/keys/${id}`, change)
    expect(status).toBe(200)
    expect(body).toMatchObject({ caps: { n: 2 }, ip_ranges: policy.ip_ranges, limits: policy.limits })
    expect(body.caps).toEqual({ n: 2 })
    for (const field of ['mint', 'metered', 'user_limits']) expect(body).not.toHaveProperty(field)
  })

  it.each<[object, string]>([
    [{ caps: { max_token: 1 } }, 'caps: expected only max_tokens, n, '],
    [{ caps: { max_tokens: 0 } }, 'caps.max_tokens: expected a whole number from 1'],
    [{ caps: { max_tokens: 1.5 } }, 'caps.max_tokens: expected a whole number from 1'],
    [{ caps: { max_tokens: '9' } }, 'caps.max_tokens: expected a whole number from 1'],
    [{ caps: { n: 1e13 } }, 'caps.n: expected a whole number from 1 to 1000000000000'],
    [{ caps: { enable_search: true } }, 'caps.enable_search: expected false, or no such field'],
    [{ caps: { media_parts: -1 } }, 'caps.media_parts: expected a whole number from 0'],
    [{ ip_ranges: [] }, 'ip_ranges: expected 1 to 100 entries'],
    [
      { ip_ranges: ['::1', '192.0.2.1/24'] },
      'ip_ranges[1]: expected an IP address or a range like 192.0.2.0/24',
    ],
    [{ ip_ranges: '192.0.2.0/24' }, 'ip_ranges: expected an array'],
    [{ limits: { requests_per_minute: 0 } }, 'limits.requests_per_minute: expected a whole number from 1'],
    [{ limits: { requests_per_hour: 1 } }, 'limits: expected only requests_per_minute, '],
    [{ limits: { money_per_day: 0 } }, 'limits.money_per_day: expected a number above 0'],
    [{ user_limits: { money_per_day: -1 } }, 'user_limits.money_per_day: expected a number above 0'],
    [{ mint: { turnstile: {} } }, 'mint.turnstile.hostnames: expected an array'],
    [
      { mint: { turnstile: { hostnames: ['https://app.example'] } } },
      'mint.turnstile.hostnames[0]: expected a host name',
    ],
    [
      { mint: { turnstile: { hostnames: ['*.app.example'] } } },
      'mint.turnstile.hostnames[0]: expected a host name',
    ],
    [
      { mint: { turnstile: { hostnames: ['app.example'], action: 'a b' } } },
      'mint.turnstile.action: expected 1 to 32',
    ],
    [{ mint: { issuers: [] } }, 'mint.issuers: expected 1 to 100 entries'],
    [{ mint: { budget: { requests: 0 } } }, 'mint.budget.requests: expected a whole number from 1'],
    [{ mint: { frozen: { model: 'qwen-*' } } }, 'mint.frozen.model: expected the name of one model'],
    [{ mint: { frozen: { system: '' } } }, 'mint.frozen.system: expected a text of 1'],
    [
      { mint: { frozen: { parameters: { model: 'x' } } } },
      'mint.frozen.parameters: expected names of parameters',
    ],
    [
      { mint: { frozen: { parameters: { 'a b': 1 } } } },
      'mint.frozen.parameters: expected names of parameters',
    ],
    [
      { mint: { frozen: { parameters: { seed: 2 ** 53 } } } },
      'mint.frozen.parameters.seed: expected a string, a number up to 2^53',
    ],
    [
      { mint: { frozen: { parameters: { stop: ['x'] } } } },
      'mint.frozen.parameters.stop: expected a string, a number',
    ],
    [{ metered: 'no' }, 'metered: expected true or false'],
    [{ models: ['qwen-plus\n'] }, 'models[0]: expected the name of a model'],
  ])('The policy is refused by the name of the field: %j', async (fields, message) => {
    const { status, body } = await gateway.call('POST', '/edge/keys', { name: 'n', ...fields })
    expect(body.message).toContain(message)
    expect(status).toBe(400)
    expect(gateway.memory.counts.put).toBe(0)
  })

  it('The policy may be long, within bounds.', async () => {
    const { status } = await gateway.call('POST', '/edge/keys', { name: 'n', x: 'x'.repeat(300_000) })
    expect(status).toBe(413)
  })
})
