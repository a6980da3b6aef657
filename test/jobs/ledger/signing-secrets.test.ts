import { describe, expect, it } from 'vitest'
import { migrateLedger } from '../../../src/jobs/ledger/schema.ts'
import { SIGNING_PURPOSE, SigningSecrets } from '../../../src/jobs/ledger/signing-secrets.ts'
import { makeSecret } from '../../../src/jobs/signature.ts'
import { secretBox } from '../../../src/lib/secret-box.ts'
import { memoryStorage } from '../../meter/object/memory-storage.ts'
import { SCHEMA_0_2_0 } from './released-schema.ts'

const NOW_MS = Date.parse('2026-11-28T12:00:00Z')
const TOKEN = 'a token of the tests'

function ledgerWith(tokens: string[], released?: readonly string[]) {
  const storage = memoryStorage()
  for (const statement of released ?? []) storage.sql.exec(statement)
  const secretsUnder = (...under: string[]) =>
    new SigningSecrets(storage.sql, secretBox(under, SIGNING_PURPOSE), 'ledger')
  const secrets = secretsUnder(...tokens)
  if (!released) migrateLedger(storage, secrets)
  const stored = () =>
    storage.sql
      .exec('SELECT secret FROM secrets ORDER BY sequence')
      .toArray()
      .map(({ secret }) => String(secret))
  const addPlain = (secret: string, owner = '') =>
    storage.sql.exec(
      'INSERT INTO secrets (owner, secret, created_ms, expires_ms) VALUES (?, ?, ?, NULL)',
      owner,
      secret,
      NOW_MS,
    )
  return { storage, secrets, secretsUnder, stored, addPlain }
}

const texts = (records: readonly { secret: string }[] | undefined) => records?.map(({ secret }) => secret)

describe('the signing secrets of a ledger', () => {
  it('The secrets are made once for each owner and stored encrypted.', () => {
    const { secrets, stored } = ledgerWith([TOKEN])
    const [first] = texts(secrets.valid('', NOW_MS)) ?? []
    expect(first).toMatch(/^whsec_/)
    expect(texts(secrets.valid('', NOW_MS))).toEqual([first])
    expect(texts(secrets.valid('ep_1', NOW_MS))).not.toContain(first)
    expect(stored().join()).not.toMatch(/whsec/)
  })

  it('The secrets overlap after a rotation, and never more than two are valid.', () => {
    const { secrets } = ledgerWith([TOKEN])
    const [first] = texts(secrets.valid('', NOW_MS)) ?? []
    const [second] = texts(secrets.rotate('', 60, NOW_MS)) ?? []
    expect(texts(secrets.valid('', NOW_MS))).toEqual([second, first])
    const [third] = texts(secrets.rotate('', 60, NOW_MS)) ?? []
    expect(texts(secrets.valid('', NOW_MS))).toEqual([third, second])
    expect(texts(secrets.valid('', NOW_MS + 60_000))).toEqual([third])
    expect(secrets.rotate('', 0, NOW_MS)).toHaveLength(1)
  })

  it('Secrets of an earlier version are encrypted by the numbered migration, and keep their values.', () => {
    const { storage, secrets, stored, addPlain } = ledgerWith([TOKEN], SCHEMA_0_2_0)
    const old = [makeSecret(), makeSecret()]
    for (const secret of old) addPlain(secret)
    migrateLedger(storage, secrets)
    expect(stored().join()).not.toMatch(/whsec/)
    expect(texts(secrets.valid('', NOW_MS))).toEqual(old.toReversed())
  })

  it('Secrets that were stored without ADMIN_TOKEN stay readable, and are encrypted once it is set.', () => {
    const { secrets, secretsUnder, stored, addPlain } = ledgerWith([])
    const old = makeSecret()
    addPlain(old)
    expect(texts(secrets.valid('', NOW_MS))).toEqual([old])
    expect(texts(secretsUnder(TOKEN).valid('', NOW_MS))).toEqual([old])
    expect(stored().join()).not.toMatch(/whsec/)
  })

  it('Secrets outlive a change of ADMIN_TOKEN, and the next one if they were used in between.', () => {
    const { secrets, secretsUnder } = ledgerWith([TOKEN])
    const before = texts(secrets.valid('', NOW_MS))
    expect(texts(secretsUnder('the second token', TOKEN).valid('', NOW_MS))).toEqual(before)
    expect(texts(secretsUnder('the third token', 'the second token').valid('', NOW_MS))).toEqual(before)
  })

  it('Secrets are locked if ADMIN_TOKEN is lost, until they are rotated.', () => {
    const { secrets, secretsUnder } = ledgerWith([TOKEN])
    secrets.valid('ep_1', NOW_MS)
    const lost = secretsUnder('another token')
    expect(lost.valid('ep_1', NOW_MS)).toBeUndefined()
    expect(lost.countLocked()).toBe(1)
    expect(lost.rotate('ep_1', 60, NOW_MS)).toHaveLength(1)
    expect(lost.valid('ep_1', NOW_MS)).toHaveLength(1)
  })

  it('Without ADMIN_TOKEN secrets are neither made nor rotated, and nothing is lost.', () => {
    const { secrets, secretsUnder } = ledgerWith([TOKEN])
    const before = texts(secrets.valid('', NOW_MS))
    expect(secretsUnder().rotate('', 0, NOW_MS)).toBeUndefined()
    expect(secretsUnder().valid('ep_new', NOW_MS)).toBeUndefined()
    expect(texts(secrets.valid('', NOW_MS))).toEqual(before)
  })
})
