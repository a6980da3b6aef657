import { describe, expect, it } from 'vitest'
import { type MintRequest, mintClaims, type Proof } from '../../src/auth/mint.ts'
import type { KeyRecord } from '../../src/policy/key-record.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00.900Z')
const NOW = Date.parse('2026-11-24T12:00:00Z') / 1000
const place = {
  origin: 'https://gateway.example',
  allowedOrigins: ['https://everywhere.example'],
  nowMs: NOW_MS,
  id: 'tok_1',
}
const key: KeyRecord = {
  id: 'key_1',
  name: 'secret project',
  created_at: '2026-01-01T00:00:00.000Z',
  cache_generation: 4,
}
const byKey: Proof = { kind: 'key' }
const byUser: Proof = { kind: 'user', user: 'login:u-1' }

function mint(fields: Partial<KeyRecord>, asked: MintRequest = {}, proof = byKey) {
  return mintClaims({ ...key, ...fields }, asked, proof, place)
}

describe('mintClaims', () => {
  it('A token carries the permissions of its key, but not its name or its mint settings.', () => {
    const policy: Partial<KeyRecord> = {
      models: ['qwen-*'],
      endpoints: ['chat-completions'],
      origins: ['https://a.example'],
      cache: { scope: 'team' },
      caps: { max_tokens: 100 },
      ip_ranges: ['192.0.2.0/24'],
      limits: { tokens_per_day: 9 },
      user_limits: { requests_per_minute: 2 },
      metered: false,
    }
    expect(mint({ ...policy, mint: { issuers: ['login'] } })).toEqual({
      iss: 'https://gateway.example',
      id: 'tok_1',
      iat: NOW,
      exp: NOW + 600,
      key: { id: 'key_1', ...policy, cache_generation: 4 },
    })
  })

  it('A token lives as long as requested, but never longer than its key.', () => {
    expect(mint({}, { ttl_seconds: 60 }).exp).toBe(NOW + 60)
    expect(mint({ expires_at: '2026-11-24T12:00:30.5Z' }, { ttl_seconds: 60 }).exp).toBe(NOW + 30)
    expect(mint({ expires_at: '2027-11-24T12:00:00Z' }, { ttl_seconds: 3600 }).exp).toBe(NOW + 3600)
  })

  it('A token may narrow the permissions of its key.', () => {
    const asked = {
      user: 'u-2',
      models: ['qwen-plus'],
      endpoints: ['responses'],
      origins: ['https://everywhere.example'],
      caps: { n: 1 },
      budget: { requests: 5 },
    }
    const { key: grant, user, budget } = mint({ models: ['qwen-*'], caps: { n: 2, tools: false } }, asked)
    expect({ user, budget }).toEqual({ user: 'u-2', budget: { requests: 5 } })
    expect(grant).toEqual({
      id: 'key_1',
      models: ['qwen-plus'],
      endpoints: ['responses'],
      origins: ['https://everywhere.example'],
      caps: { n: 1, tools: false },
      cache_generation: 4,
    })
  })

  it.each<[Partial<KeyRecord>, MintRequest, string]>([
    [{ models: ['qwen-*'] }, { models: ['*'] }, 'models[0]'],
    [{ models: ['qwen-plus'] }, { models: ['qwen-plus', 'QWEN-plus'] }, 'models[1]'],
    [{ endpoints: ['responses'] }, { endpoints: ['chat-completions'] }, 'endpoints[0]'],
    [{ origins: [] }, { origins: ['https://everywhere.example'] }, 'origins[0]'],
    [{}, { origins: ['https://elsewhere.example'] }, 'origins[0]'],
    [{ caps: { thinking_budget: 10 } }, { caps: { thinking_budget: 11 } }, 'caps.thinking_budget'],
    [{ models: ['qwen-plus'] }, { frozen: { model: 'qwen-max' } }, 'frozen.model'],
    [{ models: ['qwen-*'] }, { models: ['qwen-plus'], frozen: { model: 'qwen-max' } }, 'frozen.model'],
  ])('A key with %j mints no token with %j', (fields, asked, param) => {
    expect(() => mint(fields, asked)).toThrow(expect.objectContaining({ reason: 'denied', param }))
  })

  it('A frozen model is the only allowed model, even if no body names it.', () => {
    const frozen = { model: 'qwen-plus' }
    expect(mint({ models: ['qwen-*'] }, { frozen })).toMatchObject({ frozen, key: { models: ['qwen-plus'] } })
    expect(mint({}, { frozen })).toMatchObject({ key: { models: ['qwen-plus'] } })
  })
})

describe('mintClaims for an end user', () => {
  const policy = {
    mint: {
      issuers: ['login'],
      budget: { requests: 20 },
      frozen: { system: 'Be brief.', parameters: { temperature: 0 } },
    },
  }

  it('The claims hold the user of the proof, and the budget and frozen parts of the key.', () => {
    expect(mint(policy, {}, byUser)).toMatchObject({
      user: 'login:u-1',
      budget: { requests: 20 },
      frozen: policy.mint.frozen,
    })
  })

  it('The user may ask for less and freeze more.', () => {
    const asked = {
      budget: { requests: 2, tokens: 100 },
      frozen: { model: 'qwen-plus', system: 'Be brief.', parameters: { seed: 1 } },
    }
    expect(mint(policy, asked, byUser)).toMatchObject({
      budget: { requests: 2, tokens: 100 },
      frozen: { model: 'qwen-plus', system: 'Be brief.', parameters: { seed: 1, temperature: 0 } },
    })
  })

  it.each<[MintRequest, string]>([
    [{ user: 'login:u-2' }, 'user'],
    [{ budget: { requests: 21 } }, 'budget.requests'],
    [{ frozen: { system: 'Be long.' } }, 'frozen.system'],
    [{ frozen: { parameters: { temperature: 1 } } }, 'frozen.parameters.temperature'],
    [{ frozen: { parameters: { temperature: null } } }, 'frozen.parameters.temperature'],
  ])('The user may not ask for %j', (asked, param) => {
    expect(() => mint(policy, asked, byUser)).toThrow(expect.objectContaining({ reason: 'denied', param }))
  })

  it.each([
    [{ max_completion_tokens: 100_000 }, 'frozen.parameters.max_completion_tokens'],
    [{ max_output_tokens: 101 }, 'frozen.parameters.max_output_tokens'],
    [{ max_tokens: 101 }, 'frozen.parameters.max_tokens'],
  ])('A frozen length may not be asked for under another name: %j', (parameters, param) => {
    const fixed = { mint: { ...policy.mint, frozen: { parameters: { max_tokens: 100 } } } }
    expect(() => mint(fixed, { frozen: { parameters } }, byUser)).toThrow(
      expect.objectContaining({ reason: 'denied', param }),
    )
  })

  it('Rules for end users do not bind the holder of the key.', () => {
    const claims = mint(policy, { user: 'u-2', budget: { requests: 1000 } })
    expect(claims).toMatchObject({ user: 'u-2', budget: { requests: 1000 } })
    expect(claims).not.toHaveProperty('frozen')
  })
})
