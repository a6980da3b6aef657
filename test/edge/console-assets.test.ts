import { readdir } from 'node:fs/promises'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { buildConsole, CONSOLE_DIRECTORY } from '../../scripts/build-console.ts'
import { EDGE_OPERATIONS } from '../../scripts/openapi/edge-operations.ts'
import { ENDPOINTS } from '../../src/dashscope/endpoint-table.ts'
import { SOCKET_ENDPOINTS } from '../../src/dashscope/socket-endpoints.ts'
import { startTestGateway, type TestGateway } from '../harness/gateway.ts'
import { type SharedGateway, sharedGateway } from '../harness/shared-gateway.ts'

/** Every path of the gateway: its own, and those that it forwards. */
const EDGE_PATHS = [
  ...EDGE_OPERATIONS.map(({ path }) => `/edge${path.replace(/{\w+}/g, 'x1')}`),
  '/edge/none',
]
const ENDPOINT_PATHS = ENDPOINTS.map(({ pattern }) => pattern.template.replace(/{\w+}/g, 'x1'))
const SOCKET_PATHS = SOCKET_ENDPOINTS.flatMap(({ paths }) => paths)
const OTHER_PATHS = ['/', '/consol', '/consoles/a', '/api', '/api/v1', '/favicon.ico', '/console%2Fa/app.js']
const METHODS = ['GET', 'HEAD', 'POST', 'PUT', 'PATCH', 'DELETE', 'OPTIONS']

let plain: SharedGateway
let withAssets: TestGateway

beforeAll(async () => {
  await buildConsole()
  plain = await sharedGateway()
  withAssets = await startTestGateway({}, { assets: CONSOLE_DIRECTORY })
})
afterAll(() => withAssets.stop())

describe('static assets', () => {
  test.each([...new Set([...EDGE_PATHS, ...OTHER_PATHS, ...ENDPOINT_PATHS, ...SOCKET_PATHS])])(
    '%s answers the same bytes with and without the console.',
    async (path) => {
      const ask = ({ address }: SharedGateway) =>
        Promise.all(METHODS.map((method) => response(address, method, path)))
      const [without, withThem] = await Promise.all([ask(plain), ask(withAssets)])
      expect(withThem).toEqual(without)
    },
  )

  test('All files are below /console, and none is hidden.', async () => {
    const files = await readdir(CONSOLE_DIRECTORY, { recursive: true })
    expect(files.filter((name) => name.split('/').some((part) => part.startsWith('.')))).toEqual([])
    for (const name of files.filter((name) => name.startsWith('a/'))) {
      expect((await fetch(`${withAssets.address}/${name}`)).status, name).toBe(404)
      expect((await fetch(`${withAssets.address}${join('/console', name)}`)).status, name).toBe(200)
    }
  })

  test('All files have a strict content security policy, the page for unknown paths too.', async () => {
    for (const [path, status] of [
      ['/console/', 200],
      ['/console/none', 404],
    ] as const) {
      const response = await fetch(withAssets.address + path)
      const policy = response.headers.get('content-security-policy')
      expect(response.status).toBe(status)
      expect(policy).toContain("default-src 'none'")
      expect(policy).toContain("trusted-types 'none'")
      expect(response.headers.get('x-content-type-options')).toBe('nosniff')
    }
  })

  test('A file with a hash in its name may be cached for ever, and every page may load the browser client.', async () => {
    const [script] = await readdir(join(CONSOLE_DIRECTORY, 'a'))
    const hashed = await fetch(`${withAssets.address}/console/a/${script}`)
    expect(hashed.headers.get('cache-control')).toBe('public, max-age=31536000, immutable')
    expect(hashed.headers.get('cross-origin-resource-policy')).toBe('same-origin')
    const client = await fetch(`${withAssets.address}/console/client.js`)
    expect(client.headers.get('cache-control')).toBe('public, max-age=0, must-revalidate')
    expect(client.headers.get('cross-origin-resource-policy')).toBe('cross-origin')
    expect(client.headers.get('access-control-allow-origin')).toBe('*')
  })
})

describe('GET /', () => {
  test.each([
    ['text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8', 302],
    ['TEXT/HTML; charset=utf-8', 302],
    ['text/html;q=0.1', 302],
    ['text/html;q=0', 404],
    ['application/json, text/html; q=0.000', 404],
    ['*/*', 404],
    ['application/json', 404],
    ['text/htmlx', 404],
  ])('With Accept %s the status is %i', async (accept, status) => {
    const response = await fetch(`${plain.address}/`, { headers: { accept }, redirect: 'manual' })
    expect(response.status).toBe(status)
    if (status === 302) expect(response.headers.get('location')).toBe('/console/')
    else expect(await response.json()).toMatchObject({ code: 'NotFound' })
  })
})

/** Everything of a response but what differs from one request to the next. */
async function response(address: string, method: string, path: string) {
  const response = await fetch(address + path, { method, redirect: 'manual' })
  const text = (await response.text()).replaceAll(/"request_id":"[^"]*"/g, '').replaceAll(address, '')
  const headers = [...response.headers].filter(
    ([name]) => !['x-edge-request-id', 'date', 'server-timing', 'x-request-id', 'request-id'].includes(name),
  )
  return { status: response.status, headers, text }
}
