import { describe, expect, it } from 'vitest'
import { authenticate } from '../../src/auth/authenticate.ts'
import { hashClientKey, makeClientKey } from '../../src/keys/client-key.ts'
import { type MemoryKv, memoryKv } from './memory-kv.ts'

const NOW_MS = Date.parse('2026-11-24T12:00:00Z')

function bearer(key: string): Headers {
  return new Headers({ authorization: `Bearer ${key}` })
}

function issue({ entries }: MemoryKv, fields: object = {}): string {
  const key = makeClientKey()
  const record = {
    id: 'key_1',
    name: 'n',
    created_at: '2026-01-01T00:00:00.000Z',
    cache_generation: 0,
    ...fields,
  }
  entries.set(`key:${hashClientKey(key)}`, { value: JSON.stringify(record), metadata: undefined })
  return key
}

describe('authenticate', () => {
  it('The caller of a known key is found.', async () => {
    const memory = memoryKv()
    const principal = await authenticate(bearer(issue(memory)), { KEYS: memory.kv }, NOW_MS)
    expect(principal.keyId).toBe('key_1')
  })

  it.each<[string, Headers, RegExp]>([
    [
      'no key',
      new Headers(),
      /has no client key.*Authorization.*x-api-key.*X-DashScope-ApiKey; never in the URL/,
    ],
    ['a DashScope key', bearer('sk-0123456789abcdef'), /key of DashScope.*begins with dse_/],
    ['a key without "Bearer"', new Headers({ authorization: makeClientKey() }), /Put "Bearer " before it/],
    ['a foreign text', bearer('hello'), /is not a client key.*begins with dse_/],
    ['a key with a character wrong', bearer(`${makeClientKey().slice(0, -1)}-`), /is mistyped/],
    ['the name of a prototype', bearer('__proto__'), /is not a client key/],
  ])('A request with %s is refused without a KV read.', async (_, headers, message) => {
    const memory = memoryKv()
    await expect(authenticate(headers, { KEYS: memory.kv }, NOW_MS)).rejects.toMatchObject({
      reason: 'unauthenticated',
      message: expect.stringMatching(message),
      headers: { 'www-authenticate': 'Bearer' },
    })
    expect(memory.counts.get).toBe(0)
  })

  it('A thousand mistyped keys cost no KV reads.', async () => {
    const memory = memoryKv()
    for (let count = 0; count < 1000; count++) {
      await expect(authenticate(bearer(`dse_${count}`), { KEYS: memory.kv }, NOW_MS)).rejects.toThrow(
        /mistyped/,
      )
    }
    expect(memory.counts.get).toBe(0)
  })

  it('A key that was never issued is refused and not repeated in the message.', async () => {
    const key = makeClientKey()
    const refusal = authenticate(bearer(key), { KEYS: memoryKv().kv }, NOW_MS)
    await expect(refusal).rejects.toMatchObject({
      reason: 'unauthenticated',
      message: expect.stringMatching(/unknown or was revoked/),
    })
    await expect(refusal).rejects.not.toThrow(key)
  })

  it.each([
    ['2026-11-24T12:00:00.001Z', true],
    ['2026-11-24T20:00:01+08:00', true],
    ['2026-11-24T12:00:00Z', false],
    ['2026-11-24T19:59:59+08:00', false],
    ['no time at all', false],
  ])('At noon, whether a key that expires at %s works: %j', async (expires_at, works) => {
    const memory = memoryKv()
    const asking = authenticate(bearer(issue(memory, { expires_at })), { KEYS: memory.kv }, NOW_MS)
    if (works) await expect(asking).resolves.toBeDefined()
    else
      await expect(asking).rejects.toMatchObject({ status: 401, message: expect.stringContaining('expired') })
  })

  it('A remembered key is refused as soon as it expires.', async () => {
    const memory = memoryKv()
    const headers = bearer(issue(memory, { expires_at: '2026-11-24T12:00:01Z' }))
    await authenticate(headers, { KEYS: memory.kv }, NOW_MS)
    await expect(authenticate(headers, { KEYS: memory.kv }, NOW_MS + 1000)).rejects.toThrow(/expired/)
  })

  it('While KV fails, no caller gets in and no key is called wrong.', async () => {
    const memory = memoryKv()
    const key = issue(memory)
    memory.failing.add('get')
    await expect(authenticate(bearer(key), { KEYS: memory.kv }, NOW_MS)).rejects.toMatchObject({
      status: 503,
    })
  })
})

describe('A credential that was copied with surrounding text', () => {
  it.each([
    [`"${makeClientKey()}"`, /in quotation marks/],
    [`'${makeClientKey()}'`, /in quotation marks/],
    [`“${makeClientKey()}”`, /in quotation marks/],
    [`Bearer ${makeClientKey()}`, /itself begins with "Bearer"/],
    [`${makeClientKey()} # web`, /contains a space/],
    [makeClientKey().replace('dse_', 'dse_ '), /contains a space/],
  ])('The refusal says what to remove: %s', async (credential, message) => {
    const encoded = new Map([['authorization', `Bearer ${credential}`]])
    await expect(authenticate(encoded, { KEYS: memoryKv().kv }, NOW_MS)).rejects.toThrow(message)
    await expect(
      authenticate(new Map([['x-api-key', credential]]), { KEYS: memoryKv().kv }, NOW_MS),
    ).rejects.toThrow(message)
  })
})
