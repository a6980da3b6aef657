import { describe, expect, it } from 'vitest'
import {
  corsHeaders,
  isOriginPattern,
  matchesOrigin,
  originsOfKey,
  preflightHeaders,
  refuseForeignOrigin,
} from '../../src/policy/origins.ts'

describe('matchesOrigin', () => {
  it.each([
    ['https://app.example', 'https://app.example', true],
    ['https://app.example', 'http://app.example', false],
    ['https://app.example', 'https://app.example:8443', false],
    ['https://app.example', 'https://app.example.evil.test', false],
    ['https://app.example', 'https://xapp.example', false],
    ['https://app.example', 'https://app.example/', false],
    ['http://localhost:5173', 'http://localhost:5173', true],
    ['http://localhost:5173', 'http://localhost:5174', false],
    ['https://*.example.com', 'https://a.example.com', true],
    ['https://*.example.com', 'https://a.b-c.example.com', true],
    ['https://*.example.com', 'https://example.com', false],
    ['https://*.example.com', 'https://.example.com', false],
    ['https://*.example.com', 'https://a..example.com', false],
    ['https://*.example.com', 'https://evilexample.com', false],
    ['https://*.example.com', 'http://a.example.com', false],
    ['https://*.example.com', 'https://a.example.com:8443', false],
    ['https://*.example.com', 'https://a.example.com.evil.test', false],
    ['https://*.example.com', 'https://evil.test/.example.com', false],
    ['https://*.example.com', 'https://evil.test#.example.com', false],
    ['https://*.example.com', 'https://evil.test:1@a.example.com', false],
    ['https://*.example.com:8443', 'https://a.example.com:8443', true],
    ['https://*.example.com:8443', 'https://a.example.com', false],
    ['https://*example.com', 'https://evilexample.com', false],
    ['https://*', 'https://evil.test', false],
    ['http://localhost:*', 'http://localhost', true],
    ['http://localhost:*', 'http://localhost:5173', true],
    ['http://[::1]:*', 'http://[::1]:3000', true],
    ['http://localhost:*', 'https://localhost:5173', false],
    ['http://localhost:*', 'http://localhost.evil.test:80', false],
    ['http://localhost:*', 'http://localhost:80.evil.test', false],
    ['http://app.example:*', 'http://app.example:80', false],
    ['moz-extension://*', 'moz-extension://2c127fa4-62c7-7e4f-90e5-472b45eecfdc', true],
    ['moz-extension://*', 'chrome-extension://abcdefgh', false],
    ['moz-extension://*', 'moz-extension://', false],
    ['moz-extension://*', 'moz-extension://a/b', false],
    ['capacitor://localhost', 'capacitor://localhost', true],
    ['Capacitor://localhost', 'capacitor://localhost', true],
    ['app://Obsidian.md', 'app://obsidian.md', true],
    ['app://localhost:8080', 'app://localhost:8080', true],
    ['app://localhost', 'app://localhost:8080', false],
    ['ionic://localhost', 'ionic://localhost.evil.test', false],
    ['null', 'null', false],
    ['*', 'https://evil.test', false],
  ])('Whether the pattern %j matches the origin %j: %j', (pattern, origin, matches) => {
    expect(matchesOrigin([pattern], origin)).toBe(matches)
  })

  it('An origin matches if any pattern does, and never without patterns.', () => {
    expect(matchesOrigin(['https://a.example', 'https://b.example'], 'https://b.example')).toBe(true)
    expect(matchesOrigin([], 'https://b.example')).toBe(false)
  })
})

describe('originsOfKey', () => {
  const OWN = 'https://gateway.example'
  it.each([
    [undefined, ['https://a.example'], ['https://a.example', OWN]],
    [['https://b.example'], ['https://a.example'], ['https://b.example', OWN]],
    [[], ['https://a.example'], []],
  ])(
    'A key with origins %j may be used from pages of the gateway unless the list is empty.',
    (origins, allowed, expected) => {
      expect(originsOfKey(origins, allowed, OWN)).toEqual(expected)
    },
  )
})

describe('refuseForeignOrigin', () => {
  it('A request without Origin passes.', () => {
    expect(() => refuseForeignOrigin(null, [])).not.toThrow()
  })

  it('A listed origin passes, and any other is refused by name.', () => {
    expect(() => refuseForeignOrigin('https://a.example', ['https://a.example'])).not.toThrow()
    expect(() => refuseForeignOrigin('https://b.example', ['https://a.example'])).toThrow(
      expect.objectContaining({
        reason: 'denied',
        message: expect.stringContaining('Origin "https://b.example" is not allowed for this key.'),
      }),
    )
  })

  it.each(['', 'null'])('The origin %j is refused.', (origin) => {
    expect(() => refuseForeignOrigin(origin, ['https://a.example'])).toThrow()
  })
})

describe('corsHeaders', () => {
  it('The headers name the origin itself and let scripts read the headers of the gateway.', () => {
    const headers = corsHeaders('https://a.example')
    expect(headers).toMatchObject({ 'access-control-allow-origin': 'https://a.example', vary: 'Origin' })
    const exposed = headers['access-control-expose-headers']?.split(', ')
    expect(exposed).toEqual(
      expect.arrayContaining([
        'x-request-id',
        'request-id',
        'x-edge-request-id',
        'retry-after',
        'cache-status',
        'server-timing',
      ]),
    )
    // Nothing sends it.
    expect(exposed).not.toContain('retry-after-ms')
    expect(headers).not.toHaveProperty('access-control-allow-credentials')
  })
})

describe('preflightHeaders', () => {
  const origin = 'https://a.example'

  it.each([
    ['authorization,content-type', 'authorization, content-type'],
    ['Authorization, Content-Type', 'authorization, content-type'],
    [
      'authorization,content-type,last-event-id,x-dashscope-sse,x-accel-buffering',
      'authorization, content-type, last-event-id, x-dashscope-sse, x-accel-buffering',
    ],
    [
      'x-stainless-arch,x-stainless-helper-method,x-stainless-timeout',
      'x-stainless-arch, x-stainless-helper-method, x-stainless-timeout',
    ],
    [
      'anthropic-version,anthropic-dangerous-direct-browser-access,x-api-key',
      'anthropic-version, anthropic-dangerous-direct-browser-access, x-api-key',
    ],
    ['openai-beta,openai-organization,openai-project', 'openai-beta, openai-organization, openai-project'],
    ['sentry-trace,baggage,dangerously-allow-browser', 'sentry-trace, baggage, dangerously-allow-browser'],
    ['x-app.version,b3,DNT', 'x-app.version, b3, dnt'],
    ['authorization,x y,,"q",x-ü', 'authorization'],
    [`a,${'b'.repeat(101)}`, 'a'],
    ['authorization,authorization', 'authorization'],
    ['x-dashscope-ü', undefined],
    ['x-dashscope-a b', undefined],
    ['*', undefined],
    ['', undefined],
    [null, undefined],
  ])('Of the requested headers %j a preflight allows %j', (requested, allowed) => {
    expect(preflightHeaders(origin, 'POST', requested)['access-control-allow-headers']).toBe(allowed)
  })

  it.each([
    ['POST', 'GET, POST, DELETE'],
    ['PUT', undefined],
    ['post', undefined],
    [null, undefined],
  ])('For the method %j a preflight allows %j', (requested, allowed) => {
    expect(preflightHeaders(origin, requested, null)['access-control-allow-methods']).toBe(allowed)
  })

  it('A preflight names the origin, how long that holds and what the response depends on.', () => {
    expect(preflightHeaders(origin, 'GET', null)).toEqual({
      'access-control-allow-origin': origin,
      'access-control-allow-methods': 'GET, POST, DELETE',
      'access-control-max-age': '7200',
      vary: 'Origin, Access-Control-Request-Method, Access-Control-Request-Headers',
    })
  })
})

describe('isOriginPattern', () => {
  it.each([
    ['https://app.example', true],
    ['https://*.example.com:8443', true],
    ['moz-extension://*', true],
    ['MyApp://Localhost:3000', true],
    ['chrome-extension://abcdefghijklmnop', true],
    ['https://*', false],
    ['https://App.example', false],
    ['https://app.example/', false],
    ['app://localhost/path', false],
    ['app://*.localhost', false],
    ['file://localhost', false],
    ['*', false],
    ['null', false],
  ])('Whether %s is a pattern: %s', (value, isPattern) => {
    expect(isOriginPattern(value)).toBe(isPattern)
  })
})
