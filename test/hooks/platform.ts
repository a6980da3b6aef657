import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'

/** One request that reached a platform's API. */
export interface PlatformCall {
  method: string
  path: string
  headers: Record<string, string | string[] | undefined>
  body: Record<string, unknown>
}

/** A stand-in for the APIs of all chat platforms. */
export interface TestPlatform {
  address: string
  calls: PlatformCall[]
  /** The next responses; when none is left, the platform says yes. */
  next: { status: number; body: unknown }[]
  stop: () => Promise<void>
}

/** What each API answers to a message that it takes. */
function success(path: string): unknown {
  if (path.includes('tenant_access_token')) return { code: 0, tenant_access_token: 'tenant', expire: 7200 }
  if (path.includes('oauth2/accessToken')) return { accessToken: 'access', expireIn: 7200 }
  if (path.includes('gettoken')) return { errcode: 0, access_token: 'access', expires_in: 7200 }
  return { ok: true, code: 0, errcode: 0, id: 1 }
}

export async function startPlatform(): Promise<TestPlatform> {
  const calls: PlatformCall[] = []
  const next: { status: number; body: unknown }[] = []
  const server = createServer(async (request, response) => {
    let text = ''
    for await (const piece of request) text += piece
    const path = request.url ?? ''
    calls.push({
      method: request.method ?? '',
      path,
      headers: request.headers,
      body: text ? JSON.parse(text) : {},
    })
    const isToken = /token/i.test(path) && !path.includes('access_token=')
    const { status, body } = (isToken ? undefined : next.shift()) ?? { status: 200, body: success(path) }
    response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body))
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    next,
    stop: async () => {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}
