import { describe, expect, it } from 'vitest'
import { noCredential, readBearer, readCredential } from '../../src/auth/credential.ts'

const DIFFERENT = /^The request has different credentials/

describe('readCredential', () => {
  it.each<[string, [string, string][], string | undefined]>([
    ['no header', [], undefined],
    ['Bearer', [['Authorization', 'Bearer k1']], 'k1'],
    ['bearer in lower case', [['authorization', 'bearer k1']], 'k1'],
    ['BEARER with blanks', [['authorization', 'BEARER   k1  ']], 'k1'],
    ['x-api-key', [['x-api-key', 'k1']], 'k1'],
    ['X-DashScope-ApiKey', [['X-DashScope-ApiKey', 'k1']], 'k1'],
    [
      'the same in all three',
      [
        ['authorization', 'Bearer k1'],
        ['x-api-key', 'k1'],
        ['x-dashscope-apikey', 'k1'],
      ],
      'k1',
    ],
    [
      'Authorization twice, the same',
      [
        ['authorization', 'Bearer k1'],
        ['authorization', 'bearer k1'],
      ],
      'k1',
    ],
    [
      'another scheme together with x-api-key',
      [
        ['authorization', 'Basic dTpw'],
        ['x-api-key', 'k1'],
      ],
      'k1',
    ],
    ['another scheme alone', [['authorization', 'Basic dTpw']], undefined],
    ['the scheme alone', [['authorization', 'Bearer']], undefined],
    ['no scheme', [['authorization', 'k1']], undefined],
    [
      'an empty x-api-key',
      [
        ['x-api-key', ''],
        ['authorization', 'Bearer k1'],
      ],
      'k1',
    ],
    ['words behind the key', [['authorization', 'Bearer k1 k2']], 'k1 k2'],
  ])('The credential is read from %s', (_, headers, credential) => {
    expect(readCredential(new Headers(headers))).toBe(credential)
  })

  it.each<[string, [string, string][]]>([
    [
      'Authorization twice',
      [
        ['authorization', 'Bearer k1'],
        ['authorization', 'Bearer k2'],
      ],
    ],
    [
      'Authorization and x-api-key',
      [
        ['authorization', 'Bearer k1'],
        ['x-api-key', 'k2'],
      ],
    ],
    [
      'x-api-key and X-DashScope-ApiKey',
      [
        ['x-api-key', 'k1'],
        ['x-dashscope-apikey', 'K1'],
      ],
    ],
  ])('Different keys in %s are refused.', (_, headers) => {
    expect(() => readCredential(new Headers(headers))).toThrow(
      expect.objectContaining({
        reason: 'unauthenticated',
        message: expect.stringMatching(DIFFERENT),
        headers: { 'www-authenticate': 'Bearer' },
      }),
    )
  })

  it('A refusal never repeats the key.', () => {
    const headers = new Headers({ authorization: 'Bearer secret-1', 'x-api-key': 'secret-2' })
    expect(() => readCredential(headers)).not.toThrow(/secret/)
  })
})

describe('noCredential', () => {
  it.each([
    ['k1', true],
    ['dse_0123', true],
    ['a+b/c=', true],
    ['Bearer', false],
    ['bearer ', false],
    ['Basic dTpw', false],
    ['k1, k2', false],
    ['', false],
    [undefined, false],
  ])('For Authorization: %s, the message says that "Bearer " is missing: %j', (authorization, isBare) => {
    const headers = new Headers(authorization === undefined ? {} : { authorization })
    const { message, status } = noCredential(headers, 'Send a key.')
    expect(status).toBe(401)
    expect(message).toBe(
      isBare ? 'Authorization holds a credential without a scheme. Put "Bearer " before it.' : 'Send a key.',
    )
  })
})

describe('readBearer', () => {
  it('Only the Authorization header is read.', () => {
    expect(readBearer(new Headers({ 'x-api-key': 'k1' }))).toBeUndefined()
    expect(readBearer(new Headers({ 'x-api-key': 'k1', authorization: 'Bearer k2' }))).toBe('k2')
  })
})
