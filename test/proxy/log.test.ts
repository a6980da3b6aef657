import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest'
import type { Env } from '../../src/config.ts'
import { GatewayError } from '../../src/errors.ts'
import { refuseForeignOrigin } from '../../src/policy/origins.ts'
import { beginExchange } from '../../src/proxy/exchange.ts'
import { logError, logLost } from '../../src/proxy/log.ts'
import { caller } from '../meter/rig.ts'

let out: string[]
let err: string[]
beforeEach(() => {
  out = []
  err = []
  vi.spyOn(console, 'log').mockImplementation((line: string) => void out.push(line))
  vi.spyOn(console, 'error').mockImplementation((line: string) => void err.push(line))
})
afterEach(() => {
  vi.restoreAllMocks()
})

/** The log of one error; returns its line and the points that Analytics Engine got. */
function logged(error: GatewayError, path = '/api/v1/nothing') {
  const points: AnalyticsEngineDataPoint[] = []
  const env = { ANALYTICS: { writeDataPoint: (point: AnalyticsEngineDataPoint) => void points.push(point) } }
  const exchange = beginExchange(`https://gateway.example${path}?api_key=secret`, 'POST')
  exchange.principal = caller(undefined, { user: 'ann' })
  logError(env as unknown as Env, exchange, error)
  return { exchange, points, line: JSON.parse([...out, ...err][0] ?? '') }
}

describe('the log line of an error', () => {
  it('The line of a refusal says why, and not in words that may be those of the caller.', () => {
    const { exchange, line } = logged(
      new GatewayError('invalid', 'The model "my prompt" is unknown.', { param: 'model' }),
    )
    expect([out.length, err.length]).toEqual([1, 0])
    expect(line).toMatchObject({
      request: exchange.id,
      key: exchange.principal?.keyId,
      user: 'ann',
      status: 400,
      ending: 'refused',
      reason: 'invalid',
      param: 'model',
      path: '/api/v1/nothing',
    })
    expect(out[0]).not.toMatch(/my prompt|secret/)
  })

  it('The line starts with the time and the method, and omits counters that are 0.', () => {
    const { line } = logged(new GatewayError('notFound', 'Nothing.'))
    expect(line).toMatchObject({ method: 'POST', status: 404 })
    expect(Date.parse(line.time)).toBeGreaterThan(0)
    expect(line).not.toHaveProperty('usage')
  })

  it('The line names the origin that was refused.', () => {
    const refuse = () => refuseForeignOrigin('https://evil.example', [])
    let refusal: unknown
    try {
      refuse()
    } catch (thrown) {
      refusal = thrown
    }
    expect(logged(refusal as GatewayError).line.cause).toBe('Origin: https://evil.example')
  })

  it.each([
    'dse_0123456789abcdefghijklmnopqrstuvwxyzAB',
    'sk-0123456789abcdef0123',
    'dso_eyJ2IjoxfQ.abcdefghijk',
  ])('The line masks %s anywhere.', (credential) => {
    const error = new GatewayError('internal', `It failed for ${credential}.`, {
      param: credential,
      cause: credential,
    })
    logged(error, `/api/v1/${credential}`)
    expect(err[0]).not.toContain(credential.slice(4))
    expect(err[0]).toContain(`/api/v1/${credential.slice(0, 3)}`)
  })

  it('The line of a failure says what happened underneath, in the log of errors.', () => {
    const { line } = logged(
      new GatewayError('internal', 'It failed.', { cause: new TypeError('no such thing') }),
    )
    expect([out.length, err.length]).toEqual([0, 1])
    expect(line).toMatchObject({
      status: 500,
      ending: 'broken',
      message: 'It failed.',
      cause: 'TypeError: no such thing',
    })
  })

  it('The line does not quote a response that could not be read.', () => {
    let cause: unknown
    try {
      JSON.parse('the answer to everything')
    } catch (thrown) {
      cause = thrown
    }
    expect(String(cause)).toContain('the answer')
    expect(logged(new GatewayError('upstream', 'Nonsense.', { cause })).line.cause).toBe('SyntaxError')
    expect(err[0]).not.toContain('the answer')
  })

  it('The record is one line, and its length is limited.', () => {
    const long = 'x\n'.repeat(5000)
    const error = new GatewayError('internal', 'It failed.', { param: long, cause: long })
    logged(error, `/${'y'.repeat(5000)}`)
    expect(err[0]).not.toContain('\n')
    expect(err[0]?.length).toBeLessThan(2500)
  })

  it('The line comes with one data point for Analytics Engine.', () => {
    const { exchange, points } = logged(new GatewayError('rateLimited', 'Too many.'))
    expect(points).toEqual([
      {
        indexes: [exchange.principal?.keyId],
        blobs: ['', '', 'ann', 'refused', ''],
        doubles: [429, expect.any(Number), 0, 0, 0, 0, 0],
      },
    ])
  })
})

it('Usage that no meter accepted is logged in numbers.', () => {
  logLost('key_1', { requests: 2, tokens: 20 }, new Error('away'))
  expect(JSON.parse(err[0] ?? '')).toMatchObject({
    key: 'key_1',
    requests: 2,
    tokens: 20,
    cause: 'Error: away',
  })
})
