import { describe, expect, it } from 'vitest'
import { requireOperator } from '../../src/auth/operator.ts'

const TOKEN = 'correct-horse-battery'

function headers(authorization?: string): Headers {
  return new Headers(authorization === undefined ? {} : { authorization })
}

describe('requireOperator', () => {
  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`])('lets %j pass', (authorization) => {
    expect(() => requireOperator(headers(authorization), TOKEN)).not.toThrow()
  })

  it.each([
    ['no header', undefined],
    ['no token', 'Bearer '],
    ['another token', 'Bearer wrong-horse-battery'],
    ['a longer token', `Bearer ${TOKEN}x`],
    ['a shorter token', `Bearer ${TOKEN.slice(0, -1)}`],
    ['another scheme', `Basic ${TOKEN}`],
    ['no scheme', TOKEN],
    ['two tokens', `Bearer ${TOKEN}, Bearer other`],
  ])('refuses %s', (_, authorization) => {
    expect(() => requireOperator(headers(authorization), TOKEN)).toThrow(
      expect.objectContaining({ status: 401, headers: { 'www-authenticate': 'Bearer' } }),
    )
  })

  it.each([
    ['dse_0123', /^Client keys do not open/],
    ['dst_e30.x', /^Session tokens do not open/],
    ['wrong-horse-battery', /^The admin token is wrong/],
  ])('says of %s what is wrong with it', (credential, message) => {
    expect(() => requireOperator(headers(`Bearer ${credential}`), TOKEN)).toThrow(message)
    expect(() => requireOperator(headers(credential), TOKEN)).toThrow(/Put "Bearer " before it/)
  })

  it('takes the token from Authorization alone', () => {
    expect(() => requireOperator(new Headers({ 'x-api-key': TOKEN }), TOKEN)).toThrow(/no admin token/)
  })

  it('stays shut without ADMIN_TOKEN and says how to set it', () => {
    for (const authorization of [undefined, 'Bearer ', 'Bearer undefined']) {
      expect(() => requireOperator(headers(authorization), undefined)).toThrow(
        expect.objectContaining({
          status: 403,
          message: expect.stringContaining('wrangler secret put ADMIN_TOKEN" (or in .env for npm start)'),
        }),
      )
    }
  })

  it('takes a short ADMIN_TOKEN for a mistake, even from who knows it', () => {
    expect(() => requireOperator(headers('Bearer 123456789012345'), '123456789012345')).toThrow(
      expect.objectContaining({ status: 500, message: expect.stringContaining('at least 16 characters') }),
    )
  })
})
