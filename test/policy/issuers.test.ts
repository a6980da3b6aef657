import { describe, expect, it } from 'vitest'
import { readIssuers } from '../../src/policy/issuers.ts'

const good = {
  name: 'login',
  issuer: 'https://login.example',
  jwks: 'https://login.example/jwks.json',
  audience: 'chat',
  algorithms: ['RS256'],
}

describe('readIssuers', () => {
  it('A list of issuers is read, and an unset variable is an empty list.', () => {
    expect(readIssuers(JSON.stringify([good]))).toEqual([good])
    expect(readIssuers(undefined)).toEqual([])
    expect(readIssuers(' ')).toEqual([])
  })

  it.each<[unknown, string]>([
    ['[{', 'must be a JSON array of issuers.'],
    [good, 'JWT_ISSUERS must be a JSON array of issuers.'],
    [[{ ...good, name: 'a b' }], '[0].name: expected 1 to 40 letters'],
    [[{ ...good, issuer: '' }], '[0].issuer: expected a non-empty string'],
    [
      [{ ...good, jwks: 'http://login.example/jwks.json' }],
      '[0].jwks: expected a URL that begins with https://',
    ],
    [[{ ...good, jwks: 'http://127.0.0.1.login.example/' }], '[0].jwks: expected'],
    [[{ ...good, audience: undefined }], '[0].audience: expected a string'],
    [[{ ...good, algorithms: [] }], '[0].algorithms: expected at least one algorithm'],
    [[{ ...good, algorithms: ['none'] }], '[0].algorithms[0]: expected one of "RS256", "ES256", "EdDSA"'],
    [[{ ...good, algorithms: ['HS256'] }], '[0].algorithms[0]: expected one of'],
    [[{ ...good, audiences: [] }], 'only name, issuer, jwks, audience, algorithms'],
    [[good, good], 'names two issuers "login"'],
  ])('The issuers %j are refused.', (value, message) => {
    const text = typeof value === 'string' ? value : JSON.stringify(value)
    expect(() => readIssuers(text)).toThrow(
      expect.objectContaining({
        reason: 'internal',
        message: expect.stringMatching(/^The gateway is not set up: JWT_ISSUERS /),
      }),
    )
    expect(() => readIssuers(text)).toThrow(message)
  })
})
