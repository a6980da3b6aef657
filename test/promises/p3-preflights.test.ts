import { describe, expect, it } from 'vitest'
import { CHAT, MESSAGES, TEXT } from '../harness/caller.ts'
import { send } from '../harness/wire.ts'
import { expectUnreadable, NAMED, useOrigins } from './origin-rig.ts'

const rig = useOrigins()

describe('P3 preflights', () => {
  function preflight(origin: string | undefined, headers: string, path = TEXT, method = 'POST') {
    return send(rig.gateway.address, {
      method: 'OPTIONS',
      path,
      headers: {
        ...(origin !== undefined && { origin }),
        'access-control-request-method': method,
        ...(headers && { 'access-control-request-headers': headers }),
      },
    })
  }

  it.each([
    ['fetch', TEXT, 'authorization,content-type'],
    [
      'fetch with the switches of a stream',
      TEXT,
      'authorization,content-type,x-accel-buffering,x-dashscope-sse',
    ],
    [
      'fetch-event-source on its second try',
      TEXT,
      'authorization,content-type,last-event-id,x-dashscope-sse',
    ],
    [
      'the OpenAI SDK',
      CHAT,
      'authorization,content-type,x-stainless-arch,x-stainless-helper-method,x-stainless-lang,x-stainless-os,x-stainless-package-version,x-stainless-retry-count,x-stainless-runtime,x-stainless-runtime-version,x-stainless-timeout',
    ],
    [
      'the Anthropic SDK',
      MESSAGES,
      'anthropic-dangerous-direct-browser-access,anthropic-version,content-type,x-api-key,x-stainless-arch,x-stainless-lang',
    ],
    ['a page that steers the cache', TEXT, 'authorization,cache-control,content-type,x-edge-cache-ttl'],
  ])('The preflight of %s is answered without a credential.', async (_, path, asked) => {
    const before = rig.upstream.seen.length
    const response = await preflight(NAMED, asked, path)
    expect(response.status).toBe(204)
    expect(response.body.byteLength).toBe(0)
    expect(response.headers['access-control-allow-origin']).toBe(NAMED)
    expect(response.headers['access-control-allow-methods']?.split(', ')).toContain('POST')
    expect(response.headers['access-control-allow-headers']?.split(', ').sort()).toEqual(asked.split(','))
    expect(Number(response.headers['access-control-max-age'])).toBeGreaterThan(0)
    expect(response.headers.vary).toMatch(/Origin/)
    expect(response.headers).not.toHaveProperty('access-control-allow-credentials')
    expect(rig.upstream.seen.length).toBe(before)
  })

  it.each(['https://a.pages.example', 'https://own.example', 'https://www.own.example'])(
    'The preflight of %s is answered, because some key lists it.',
    async (origin) => {
      const response = await preflight(origin, 'authorization')
      expect(response.status).toBe(204)
      expect(response.headers['access-control-allow-origin']).toBe(origin)
    },
  )

  it.each(['GET', 'DELETE'])('The method %s is allowed if the endpoint has it.', async (method) => {
    const response = await preflight(NAMED, 'authorization', '/compatible-mode/v1/files/file-1', method)
    expect(response.status).toBe(204)
    expect(response.headers['access-control-allow-methods']?.split(', ')).toContain(method)
  })

  it('A page may ask for any header, because only those of an allow-list go to DashScope.', async () => {
    const response = await preflight(NAMED, 'authorization,sentry-trace,x-custom,not a name')
    expect(response.headers['access-control-allow-headers']).toBe('authorization, sentry-trace, x-custom')
  })

  it.each([
    ['a stranger', 'https://evil.example', TEXT],
    ['null', 'null', TEXT],
    ['an origin that only looks named', 'https://app.example.evil.example', TEXT],
  ])('The preflight of %s gets no CORS header.', async (_, origin, path) => {
    const response = await preflight(origin, 'authorization,content-type', path)
    expect(response.status).toBe(403)
    expectUnreadable(response)
  })

  it.each(['/api/v1/deployments', '/edge/keys', '/edge/cache', '/'])(
    'A path that pages do not use gets no CORS header: %s',
    async (path) => {
      const response = await preflight(NAMED, 'authorization', path)
      expect([401, 404]).toContain(response.status)
      expect(response.headers).not.toHaveProperty('access-control-allow-methods')
      expect(response.headers).not.toHaveProperty('access-control-allow-headers')
    },
  )

  it('OPTIONS without an origin is not a preflight.', async () => {
    expect((await preflight(undefined, '')).status).toBe(404)
  })
})
