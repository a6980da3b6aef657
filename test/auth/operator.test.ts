import { describe, expect, it } from 'vitest'
import { requireOperator } from '../../src/auth/operator.ts'

const TOKEN = 'correct-horse-battery'
const NOW_MS = Date.parse('2026-11-28T12:00:00Z')

function headers(authorization?: string, ip?: string): Headers {
  return new Headers({ ...(authorization && { authorization }), ...(ip && { 'cf-connecting-ip': ip }) })
}

function enter(given: Headers, adminToken: string | undefined = TOKEN, BRAKE?: RateLimit) {
  return requireOperator(given, adminToken, BRAKE ? { BRAKE } : {}, NOW_MS)
}

/** A rate-limiting binding that allows some failures per caller. */
function brake(allowed: number): RateLimit {
  const counts = new Map<string, number>()
  return {
    limit: async ({ key }) => {
      counts.set(key, (counts.get(key) ?? 0) + 1)
      return { success: (counts.get(key) ?? 0) <= allowed }
    },
  }
}

describe('requireOperator', () => {
  it.each([`Bearer ${TOKEN}`, `bearer ${TOKEN}`])(
    'The admin token is accepted as %j',
    async (authorization) => {
      await expect(enter(headers(authorization))).resolves.toBeUndefined()
    },
  )

  it.each([
    ['no header', undefined],
    ['no token', 'Bearer '],
    ['another token', 'Bearer wrong-horse-battery'],
    ['a longer token', `Bearer ${TOKEN}x`],
    ['a shorter token', `Bearer ${TOKEN.slice(0, -1)}`],
    ['another scheme', `Basic ${TOKEN}`],
    ['no scheme', TOKEN],
    ['two tokens', `Bearer ${TOKEN}, Bearer other`],
  ])('The operator check refuses %s', async (_, authorization) => {
    await expect(enter(headers(authorization))).rejects.toMatchObject({
      status: 401,
      headers: { 'www-authenticate': 'Bearer' },
    })
  })

  it.each([
    ['dse_0123', /^This endpoint does not accept client keys/],
    ['dst_e30.x', /^This endpoint does not accept session tokens/],
    ['wrong-horse-battery', /^The admin token is wrong/],
    [`"${TOKEN}"`, /is in quotation marks/],
    [`Bearer ${TOKEN}`, /itself begins with "Bearer"/],
  ])('The message says what is wrong with %s', async (credential, message) => {
    await expect(enter(headers(`Bearer ${credential}`))).rejects.toThrow(message)
  })

  it('For a token without a scheme, the message says that "Bearer" is missing.', async () => {
    await expect(enter(headers(TOKEN))).rejects.toThrow(/Put "Bearer " before it/)
  })

  it('The token is read from Authorization only.', async () => {
    await expect(enter(new Headers({ 'x-api-key': TOKEN }))).rejects.toThrow(/no admin token/)
  })

  it('Without ADMIN_TOKEN every request is refused, and the message says how to set it.', async () => {
    for (const authorization of [undefined, 'Bearer ', 'Bearer undefined']) {
      await expect(requireOperator(headers(authorization), undefined, {}, NOW_MS)).rejects.toMatchObject({
        status: 403,
        message: expect.stringContaining('wrangler secret put ADMIN_TOKEN" (or in .env for npm start)'),
      })
    }
  })

  it('An ADMIN_TOKEN that is too short is reported as a setup error, even to a caller who knows it.', async () => {
    await expect(enter(headers('Bearer 123456789012345'), '123456789012345')).rejects.toMatchObject({
      status: 500,
      message: expect.stringContaining('at least 16 characters'),
    })
  })

  it.each(['192.0.2.71', undefined])(
    'Guesses from the IP address %s are throttled, and the right token never is.',
    async (ip) => {
      const binding = brake(3)
      const statuses: number[] = []
      for (let guess = 0; guess < 6; guess++) {
        const refused = enter(headers(`Bearer wrong-horse-battery-${guess}`, ip), TOKEN, binding)
        statuses.push(
          await refused.then(
            () => 200,
            (error) => error.status,
          ),
        )
      }
      expect(statuses).toEqual([401, 401, 401, 401, 429, 429])
      await expect(enter(headers(`Bearer ${TOKEN}`, ip), TOKEN, binding)).resolves.toBeUndefined()
    },
  )
})
