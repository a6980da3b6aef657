import { gzipSync } from 'node:zlib'
import { describe, expect, it } from 'vitest'
import { CHAT, MESSAGES, pastCache, TEXT } from '../harness/caller.ts'
import { useGateway } from '../harness/use-gateway.ts'
import { send, type WireResponse } from '../harness/wire.ts'

const LIMIT = 2048

const rig = useGateway({ MAX_BODY_BYTES: String(LIMIT) })

type Body = string | Uint8Array | readonly (string | Uint8Array)[]

async function refused(
  path: string,
  body: Body | undefined,
  headers: Record<string, string> = {},
): Promise<WireResponse> {
  const before = rig.upstream.seen.length
  const response = await send(rig.gateway.address, {
    method: 'POST',
    path,
    headers: { authorization: `Bearer ${rig.key}`, 'content-type': 'application/json', ...headers },
    ...(body !== undefined && { body }),
  })
  expect(rig.upstream.seen.length, 'nothing goes upstream').toBe(before)
  return response
}

/** What an error of the gateway's own looks like on each path. */
function expectError(
  response: WireResponse,
  path: string,
  status: number,
  message: unknown,
  codes: [string, string, string, string],
) {
  const [native, compatible, compatibleType, anthropic] = codes
  const request_id = response.headers['x-edge-request-id']
  expect(response.status).toBe(status)
  expect(response.headers['content-type']).toBe('application/json')
  expect(response.headers['cache-control']).toBe('no-store')
  expect(request_id).toMatch(/^[0-9a-f-]{36}$/)
  const bodies: Record<string, unknown> = {
    [TEXT]: { code: native, message, request_id },
    [CHAT]: {
      error: { message, type: compatibleType, param: null, code: compatible },
      request_id,
    },
    [MESSAGES]: { type: 'error', error: { type: anthropic, message }, request_id },
  }
  expect(JSON.parse(response.text)).toEqual(bodies[path])
}

const INVALID: [string, string, string, string] = [
  'InvalidParameter',
  'invalid_parameter_error',
  'invalid_request_error',
  'invalid_request_error',
]
const TOO_LARGE: [string, string, string, string] = [
  'BadRequest.TooLarge',
  'request_too_large',
  'invalid_request_error',
  'request_too_large',
]

describe.each([TEXT, CHAT, MESSAGES])('errors: An invalid body, on %s', (path) => {
  const large =
    'The request body is larger than 2048 bytes, the maximum for this gateway. Send less, or pass media by URL.'

  it('A body that is too large by its Content-Length is refused.', async () => {
    expectError(await refused(path, 'x'.repeat(LIMIT + 1)), path, 413, large, TOO_LARGE)
  })

  it('A body that is too large by what arrives is refused.', async () => {
    const pieces = Array.from({ length: 9 }, () => 'x'.repeat(LIMIT / 8))
    expectError(await refused(path, pieces), path, 413, large, TOO_LARGE)
  })

  it('A body that is announced as far too large is refused before any of it arrives.', async () => {
    const response = await refused(path, [], { 'content-length': '99999999999' })
    expectError(response, path, 413, large, TOO_LARGE)
  })

  it.each<[string, Body | undefined]>([
    ['empty', ''],
    ['absent', undefined],
    ['blank', ' \r\n\t'],
    ['only a byte order mark', '\ufeff'],
    ['empty and chunked', ['']],
  ])('A body that is %s is refused.', async (_, body) => {
    const message = 'Required body invalid, please check the request body format. The request body is empty.'
    expectError(await refused(path, body), path, 400, message, INVALID)
  })

  it.each<[string, Body]>([
    ['cut short', '{"model":"m","input":{'],
    ['single quotes', "{'model':'m'}"],
    ['a trailing comma', '{"model":"m",}'],
    ['a comment', '{"model":"m"/* hi */}'],
    ['two values', '{} {}'],
    ['NaN', '{"model":NaN}'],
    ['a raw line end inside a string', '{"model":"a\nb"}'],
    ['a form', 'model=m&input=hi'],
    ['nesting past all reason', '['.repeat(LIMIT)],
  ])('A malformed body is refused: %s', async (_, body) => {
    const message =
      'Required body invalid, please check the request body format. The request body is not valid JSON.'
    expectError(await refused(path, body), path, 400, message, INVALID)
  })

  it.each<[string, Uint8Array]>([
    ['a lone continuation byte', Buffer.from([...Buffer.from('{"model":"'), 0x80, ...Buffer.from('"}')])],
    ['GBK', Buffer.from([...Buffer.from('{"model":"'), 0xc4, 0xe3, 0xba, 0xc3, ...Buffer.from('"}')])],
    [
      'a surrogate in UTF-8',
      Buffer.from([...Buffer.from('{"model":"'), 0xed, 0xa0, 0x80, ...Buffer.from('"}')]),
    ],
    ['UTF-16', Buffer.from('\ufeff{"model":"m"}', 'utf16le')],
  ])('A body that is not UTF-8 is refused: %s', async (_, body) => {
    const message = 'The request body is not valid UTF-8. Send JSON encoded as UTF-8.'
    expectError(await refused(path, body), path, 400, message, INVALID)
  })

  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/jsonp',
    'text/json',
  ])('A body labelled %s is refused.', async (type) => {
    const message = `This endpoint expects application/json; the Content-Type header is "${type.split(';')[0]}".`
    const response = await refused(path, '{}', { 'content-type': type })
    expectError(response, path, 415, message, INVALID)
  })

  it.each(['gzip', 'br', 'deflate', 'GZIP', 'identity, gzip'])(
    'A body compressed with %s is refused.',
    async (encoding) => {
      const response = await refused(path, gzipSync('{}'), { 'content-encoding': encoding })
      const message = `A request body compressed with "${encoding.toLowerCase()}" is not accepted. Send it uncompressed.`
      expectError(response, path, 415, message, INVALID)
    },
  )
})

describe('errors: a malformed upload', () => {
  it('The message says what the endpoint accepts.', async () => {
    const response = await refused('/compatible-mode/v1/files', '{}')
    expect(response.status).toBe(415)
    expect(JSON.parse(response.text).error.message).toBe(
      'This endpoint expects multipart/form-data; the Content-Type header is "application/json".',
    )
  })

  it('The size of an upload is limited as well.', async () => {
    const head = '--x\r\nContent-Disposition: form-data; name="file"; filename="a.txt"\r\n\r\n'
    const response = await refused('/compatible-mode/v1/files', head + 'x'.repeat(LIMIT + 1), {
      'content-type': 'multipart/form-data; boundary=x',
    })
    expect(response.status).toBe(413)
  })
})

describe('errors: unusual requests that are allowed', () => {
  it.each<[string, string, Record<string, string>]>([
    ['no content type', '{"model":"m","input":{"prompt":"hi"}}', { 'content-type': '' }],
    ['identity for an encoding', '{"model":"m","input":{"prompt":"hi"}}', { 'content-encoding': 'identity' }],
    ['exactly the limit', '{"model":"m","input":{"prompt":"hi"}}'.padEnd(LIMIT), {}],
  ])('A request with %s is allowed.', async (_, body, headers) => {
    const before = rig.upstream.seen.length
    const response = await send(rig.gateway.address, {
      method: 'POST',
      path: TEXT,
      headers: pastCache(rig.key, headers),
      body,
    })
    expect(response.status, response.text).toBe(200)
    expect(rig.upstream.seen[before]?.body.toString()).toBe(body)
  })
})
