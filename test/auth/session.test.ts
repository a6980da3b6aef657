import { beforeEach, describe, expect, it } from 'vitest'
import { authenticate } from '../../src/auth/authenticate.ts'
import { ownOrigins, TOKEN_MEMORY_ENTRIES } from '../../src/auth/session.ts'
import { type Claims, signToken } from '../../src/auth/token.ts'
import { deriveTokenKeys } from '../../src/auth/token-key.ts'
import { writeRevocation } from '../../src/keys/directory/kv-entries.ts'
import { KEY_MEMORY_ENTRIES, KEY_MEMORY_SECONDS } from '../../src/keys/key-memory.ts'
import { refuseKey } from '../../src/keys/store.ts'
import { type MemoryKv, memoryKv } from './memory-kv.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')
const NOW = NOW_MS / 1000
const MEMORY_MS = 1000 * KEY_MEMORY_SECONDS
const origin = 'https://gateway.example'
const keys = deriveTokenKeys('correct-horse-battery', undefined)
const place = { keys, origins: [origin] }

let memory: MemoryKv

beforeEach(() => {
  memory = memoryKv()
})

function token(changes: Partial<Claims> = {}): string {
  return signToken(
    {
      iss: origin,
      id: 'tok_1',
      iat: NOW,
      exp: NOW + 600,
      key: { id: 'key_1', cache_generation: 3 },
      ...changes,
    },
    keys,
  )
}

function come(credential: string, nowMs = NOW_MS) {
  return authenticate(new Headers({ 'x-api-key': credential }), { KEYS: memory.kv }, nowMs, place)
}

/** What a revocation leaves in KV. */
function writeRevoked(kv: KVNamespace, id: string, hash: string, revokedMs: number): Promise<void> {
  const record = { id, name: 'n', created_at: '', cache_generation: 0 }
  return writeRevocation(kv, { record, hash, version: 2, revokedMs })
}

describe('authenticate with a session token', () => {
  it('The caller is known from the token alone.', async () => {
    const key = { id: 'key_1', models: ['qwen-plus'], limits: { tokens_per_day: 9 }, cache_generation: 3 }
    const extras = { user: 'u-1', budget: { requests: 3 }, frozen: { model: 'qwen-plus' } }
    expect(await come(token({ key, ...extras }))).toEqual({
      keyId: 'key_1',
      policy: { models: ['qwen-plus'], limits: { tokens_per_day: 9 }, cache_generation: 3 },
      user: 'u-1',
      token: { id: 'tok_1', expires: NOW + 600, budget: { requests: 3 }, frozen: { model: 'qwen-plus' } },
    })
  })

  it('Revocations are read once in a while for all tokens of a key, and nothing else is read.', async () => {
    for (let count = 0; count < 50; count++) await come(token({ id: `tok_${count}` }))
    expect(memory.counts).toEqual({ get: 1, list: 0, put: 0, delete: 0 })
    await come(token(), NOW_MS + MEMORY_MS)
    expect(memory.counts.get).toBe(2)
  })

  it('After revocations are read again, tokens of a key that was revoked elsewhere are refused.', async () => {
    await come(token())
    await writeRevoked(memory.kv, 'key_1', 'hash-1', NOW_MS)
    await come(token(), NOW_MS + MEMORY_MS - 1)
    await expect(come(token(), NOW_MS + MEMORY_MS)).rejects.toMatchObject({
      status: 401,
      message: expect.stringContaining('was revoked'),
    })
    await expect(
      come(token({ key: { id: 'key_2', cache_generation: 0 } }), NOW_MS + MEMORY_MS),
    ).resolves.toBeDefined()
  })

  it('Tokens of a key that was revoked here are refused at once.', async () => {
    await come(token())
    refuseKey(memory.kv, 'key_1', NOW_MS)
    await expect(come(token())).rejects.toMatchObject({ status: 401 })
  })

  it('A key id that is also the name of an object property does not count as revoked.', async () => {
    for (const id of ['__proto__', 'constructor', 'toString']) {
      await expect(come(token({ key: { id, cache_generation: 0 } }))).resolves.toBeDefined()
    }
  })

  it('No revocation is lost, even if one location does not see yet what another has written.', async () => {
    const behind = { ...memory.kv, list: async () => ({ keys: [], list_complete: true }) } as object
    await Promise.all([
      writeRevoked(memory.kv, 'key_1', 'hash-1', NOW_MS),
      writeRevoked(memory.kv, 'key_2', 'hash-2', NOW_MS),
    ])
    await writeRevoked(behind as KVNamespace, 'key_3', 'hash-3', NOW_MS)
    for (const id of ['key_1', 'key_2', 'key_3']) {
      const bearer = token({ key: { id, cache_generation: 0 } })
      await expect(come(bearer, NOW_MS + MEMORY_MS)).rejects.toThrow('was revoked')
    }
  })

  it('Authentication goes on when too many keys are remembered.', async () => {
    for (let count = 0; count < KEY_MEMORY_ENTRIES + 10; count++) {
      await come(token({ key: { id: `key_${count}`, cache_generation: 0 } }))
    }
    expect(memory.counts.get).toBe(KEY_MEMORY_ENTRIES + 10)
    await come(token({ key: { id: 'key_0', cache_generation: 0 } }))
    expect(memory.counts.get).toBe(KEY_MEMORY_ENTRIES + 11)
  })

  it('While revocations cannot be read, no caller gets in.', async () => {
    memory.failing.add('get')
    await expect(come(token())).rejects.toMatchObject({ status: 503, headers: { 'retry-after': '5' } })
  })

  it('A remembered token is refused as soon as it expires, and from another IP address.', async () => {
    await come(token())
    await expect(come(token(), NOW_MS + 600_000)).rejects.toThrow(/expired/)
    const elsewhere = { keys, origins: ['https://other.example'] }
    await expect(
      authenticate(new Headers({ 'x-api-key': token() }), { KEYS: memory.kv }, NOW_MS, elsewhere),
    ).rejects.toThrow(/for the gateway at/)
  })

  it.each([
    ['both addresses are listed', ['https://gateway.example', 'https://ai.example'], true],
    ['only its own address is listed', ['https://gateway.example'], false],
    ['only the other address is listed', ['https://ai.example'], false],
    ['no address is listed', [], false],
  ])('PUBLIC_URLS decides whether a token works at another address: %s', async (_, publicUrls, works) => {
    const there = { keys, origins: ownOrigins('https://ai.example', publicUrls) }
    const coming = authenticate(new Headers({ 'x-api-key': token() }), { KEYS: memory.kv }, NOW_MS, there)
    await (works
      ? expect(coming).resolves.toMatchObject({ token: { id: 'tok_1' } })
      : expect(coming).rejects.toMatchObject({ status: 401 }))
  })

  it('Refusals are not remembered: bad tokens stay bad, however many are tried.', async () => {
    const bad = `${token().slice(0, -1)}!`
    for (let count = 0; count < 10; count++) await expect(come(bad)).rejects.toMatchObject({ status: 401 })
    expect(memory.counts.get).toBe(0)
  })

  it('Authentication goes on when too many tokens are remembered.', async () => {
    for (let count = 0; count < TOKEN_MEMORY_ENTRIES + 10; count++) await come(token({ id: `t${count}` }))
    await expect(come(token({ id: 't0' }))).resolves.toMatchObject({ token: { id: 't0' } })
  })

  it.each([
    ['without an admin token', { keys: undefined, origins: [origin] }],
    ['if no place is given', undefined],
  ])('No token is accepted %s', async (_, nowhere) => {
    await expect(
      authenticate(new Headers({ 'x-api-key': token() }), { KEYS: memory.kv }, NOW_MS, nowhere),
    ).rejects.toMatchObject({ status: 401, message: expect.stringContaining('ADMIN_TOKEN is not set') })
  })
})
