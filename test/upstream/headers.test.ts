import { describe, expect, it } from 'vitest'
import { responseHeaders, upstreamHeaders } from '../../src/upstream/headers.ts'

const KEY = 'sk-of-the-gateway'
const up = (from: Record<string, string>, stream = false) => upstreamHeaders(new Headers(from), KEY, stream)

describe('upstreamHeaders', () => {
  it.each([
    'content-type',
    'accept',
    'user-agent',
    'x-accel-buffering',
    'anthropic-version',
    'anthropic-beta',
    'openai-beta',
    'X-DashScope-SSE',
    'X-DashScope-Async',
    'X-DashScope-WorkSpace',
    'X-DashScope-OssResourceResolve',
    'X-DashScope-Plugin',
    'X-DashScope-DataInspection',
    'X-DashScope-EncryptionKey',
    'X-DashScope-CacheControl',
    'X-DashScope-UserAgent',
    'X-DashScope-AuthType',
  ])('The header %s goes upstream unchanged.', (name) => {
    expect(up({ [name]: 'Value 1' })).toEqual({
      [name.toLowerCase()]: 'Value 1',
      authorization: `Bearer ${KEY}`,
    })
  })

  it.each([
    'authorization',
    'x-api-key',
    'X-DashScope-ApiKey',
    'x-dashscope-apikey',
    'proxy-authorization',
    'cookie',
    'host',
    'origin',
    'referer',
    'forwarded',
    'via',
    'x-forwarded-for',
    'x-forwarded-proto',
    'x-forwarded-host',
    'x-real-ip',
    'true-client-ip',
    'cf-connecting-ip',
    'cf-ray',
    'cf-ipcountry',
    'cf-visitor',
    'accept-encoding',
    'accept-language',
    'cache-control',
    'content-length',
    'content-encoding',
    'transfer-encoding',
    'connection',
    'expect',
    'te',
    'upgrade',
    'range',
    'if-none-match',
    'idempotency-key',
    'last-event-id',
    'traceparent',
    'x-stainless-os',
    'x-edge-cache-ttl',
    'x-emulator-fault',
    'x-dashscope',
    'x-dashscope-uid',
    'x-dashscope-apikeyid',
    'x-dashscope-inner-flow-control-meta',
    'x-dashscope-something-new',
    'dashscope-sse',
    'anthropic-dangerous-direct-browser-access',
    'openai-organization',
    'openai-project',
    'x-custom',
  ])('The header %s is not sent upstream.', (name) => {
    expect(up({ [name]: 'Value 1' })).toEqual({ authorization: `Bearer ${KEY}` })
  })

  it('The gateway asks for a stream that is not compressed.', () => {
    expect(up({ 'accept-encoding': 'gzip' }, true)).toEqual({
      authorization: `Bearer ${KEY}`,
      'accept-encoding': 'identity',
    })
  })
})

describe('responseHeaders', () => {
  const down = (from: Record<string, string>) => responseHeaders(new Headers(from))

  it.each([
    'content-type',
    'content-disposition',
    'content-language',
    'X-Request-ID',
    'request-id',
    'retry-after',
    'x-dashscope-call-gateway',
    'x-dashscope-finished',
    'x-dashscope-timeout',
    'x-dashscope-outputencrypted',
    'req-cost-time',
    'req-arrive-time',
    'resp-start-time',
  ])('The header %s reaches the caller unchanged.', (name) => {
    expect(down({ [name]: 'Value 1' })).toEqual([[name.toLowerCase(), 'Value 1']])
  })

  it.each([
    'set-cookie',
    'server',
    'date',
    'via',
    'vary',
    'etag',
    'location',
    'link',
    'refresh',
    'authorization',
    'www-authenticate',
    'content-length',
    'content-encoding',
    'transfer-encoding',
    'connection',
    'cache-control',
    'age',
    'eagleeye-traceid',
    'x-envoy-upstream-service-time',
    'x-dashscope-uid',
    'x-dashscope-apikeyid',
    'x-dashscope-apikey',
    'x-dashscope-requestid',
    'x-dashscope-inner-flow-control-meta',
    'x-dashscope-something-new',
    'access-control-allow-origin',
    'access-control-allow-credentials',
    'strict-transport-security',
    'clear-site-data',
    'alt-svc',
    'x-custom',
  ])('The header %s does not reach the caller.', (name) => expect(down({ [name]: 'Value 1' })).toEqual([]))

  it('None of several cookies reaches the caller.', () => {
    const headers = new Headers([
      ['set-cookie', 'a=1'],
      ['set-cookie', 'b=2'],
      ['x-request-id', 'r'],
    ])
    expect(responseHeaders(headers)).toEqual([['x-request-id', 'r']])
  })
})
