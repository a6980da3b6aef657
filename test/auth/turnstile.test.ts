import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { askSiteverify, requireHuman, type SiteverifyVerdict } from '../../src/auth/turnstile.ts'
import { type StandIn, startStandIn } from './stand-in.ts'

let service: StandIn

beforeAll(async () => {
  service = await startStandIn()
})

afterAll(() => service.stop())

beforeEach(() => {
  service.calls = []
})

function ask(address: string | null = null) {
  return askSiteverify({
    url: `${service.address}/siteverify`,
    secret: 's3cret',
    response: 'widget',
    address,
  })
}

describe('askSiteverify', () => {
  it('The secret, the response and the IP address are sent, and the verdict comes back.', async () => {
    service.answer = { status: 200, body: { success: true, hostname: 'a.example' } }
    expect(await ask('192.0.2.7')).toEqual({ success: true, hostname: 'a.example' })
    await ask()
    expect(service.calls.map(({ body }) => JSON.parse(body))).toEqual([
      { secret: 's3cret', response: 'widget', remoteip: '192.0.2.7' },
      { secret: 's3cret', response: 'widget' },
    ])
  })

  it.each<[string, StandIn['answer']]>([
    ['a failure', { status: 500, body: 'oops' }],
    ['no verdict', { status: 200, body: {} }],
    ['no JSON', { status: 200, body: '<html>' }],
    ['another address', { status: 307, body: '', headers: { location: '/elsewhere' } }],
  ])('The response is 503 when Turnstile responds with %s', async (_, response) => {
    service.answer = response
    await expect(ask()).rejects.toMatchObject({ reason: 'unavailable', headers: { 'retry-after': '5' } })
    expect(service.calls).toHaveLength(1)
  })

  it('If Turnstile cannot be reached, the response is 503.', async () => {
    const asked = { url: 'http://127.0.0.1:1/', secret: 's', response: 'r', address: null }
    await expect(askSiteverify(asked)).rejects.toMatchObject({ reason: 'unavailable' })
  })
})

describe('requireHuman', () => {
  const policy = { hostnames: ['a.example', 'b.example'], action: 'chat' }
  const good = { success: true, hostname: 'b.example', action: 'chat', 'error-codes': [] }

  it('A good verdict passes with any action if the key names no action.', () => {
    expect(() => requireHuman(good, policy)).not.toThrow()
    expect(() => requireHuman({ ...good, action: 'x' }, { hostnames: ['b.example'] })).not.toThrow()
  })

  it.each<[SiteverifyVerdict, string, RegExp]>([
    [{ ...good, success: false }, 'denied', /not valid/],
    [{ ...good, success: 'true' }, 'denied', /not valid/],
    [{ success: false, 'error-codes': ['timeout-or-duplicate'] }, 'denied', /used before or is too old/],
    [{ success: false, 'error-codes': ['invalid-input-response'] }, 'denied', /not valid/],
    [{ success: false, 'error-codes': ['invalid-input-secret'] }, 'internal', /TURNSTILE_SECRET/],
    [{ success: false, 'error-codes': ['internal-error'] }, 'unavailable', /does not respond/],
    [{ ...good, hostname: 'c.example' }, 'denied', /host that the key does not allow/],
    [{ ...good, hostname: 'x.a.example' }, 'denied', /host that the key does not allow/],
    [{ ...good, hostname: undefined }, 'denied', /host that the key does not allow/],
    [{ ...good, action: 'login' }, 'denied', /action that the key does not allow/],
    [{ ...good, action: undefined }, 'denied', /action that the key does not allow/],
  ])('The verdict %j is refused.', (response, reason, message) => {
    expect(() => requireHuman(response, policy)).toThrow(
      expect.objectContaining({ reason, message: expect.stringMatching(message) }),
    )
  })
})
