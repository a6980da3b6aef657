import { expect, it } from 'vitest'
import { mintClaims } from '../../src/auth/mint.ts'
import { principalOf } from '../../src/auth/session.ts'
import type { KeyRecord, Policy } from '../../src/policy/key-record.ts'
import { type PolicyField, policyFields } from '../../src/policy/schema/key.ts'

/** What belongs to a key and not to its session tokens: its expiry is in `exp`, a disabled key mints no token, and a token mints no others. */
const NOT_INHERITED: readonly PolicyField[] = ['expires_at', 'mint', 'disabled']

/** A value for each field that a token inherits. The type fails to compile when a field is missing. */
const VALUES: Required<Omit<Policy, 'cache_generation'>> = {
  models: ['qwen-*'],
  endpoints: ['chat-completions'],
  origins: ['https://a.example'],
  workspaces: ['llm-1'],
  knowledge: ['kb-1'],
  cache: { scope: 'team' },
  caps: { max_tokens: 100 },
  ip_ranges: ['192.0.2.0/24'],
  regions: ['singapore'],
  limits: { tokens_per_day: 9 },
  user_limits: { requests_per_minute: 2 },
  metered: false,
  aliases: { 'gpt-4o': 'qwen-plus' },
  fallbacks: { 'qwen-max': ['qwen-plus'] },
  user_from: 'body',
  jobs: { open: 3 },
  hooks: true,
  log_bodies: true,
  alerts: { percent: [50] },
}

const key: KeyRecord = { id: 'key_1', name: 'n', created_at: '', ...VALUES, cache_generation: 7 }
const place = { origin: 'https://gateway.example', allowedOrigins: [], nowMs: 0, id: 'tok_1' }

it.each(policyFields.filter((field) => !NOT_INHERITED.includes(field)))(
  'A session token inherits the field "%s" of its key.',
  (field) => {
    const { policy } = principalOf({ v: 1, ...mintClaims(key, {}, { kind: 'key' }, place) })
    const expected = Object.entries(VALUES).find(([name]) => name === field)?.[1]
    expect(expected).toBeDefined()
    expect(Object.entries(policy).find(([name]) => name === field)?.[1]).toEqual(expected)
  },
)

it('A session token inherits the cache generation of its key, but no field that describes the key itself.', () => {
  const { policy, keyId } = principalOf({ v: 1, ...mintClaims(key, {}, { kind: 'key' }, place) })
  expect(keyId).toBe('key_1')
  expect(policy).toEqual({ ...VALUES, cache_generation: 7 })
})
