import { withAuthThrottle } from '../../auth/throttle.ts'
import { GatewayError } from '../../errors.ts'
import { corsForPage } from '../../hooks/form-pages.ts'
import { receive } from '../../hooks/inbound.ts'
// Registers the senders of events and replies, and the hooks' additions to the calls of jobs.
import '../../hooks/event-sender.ts'
import '../../hooks/job-work.ts'
import '../../hooks/reply-sender.ts'
import { readHeaderMap } from '../../lib/header-map.ts'
import { preflightHeaders } from '../../policy/origins.ts'
import type { EdgeContext } from '../../proxy/exchange.ts'
import { readUpTo } from '../../upstream/response.ts'
import { noSuch } from '../no-such.ts'
import { contextOf } from './owned.ts'

/**
 * `GET|POST /edge/hooks/{id}/in`: called by platforms. The platform's signature takes the place of a credential;
 * invalid ones count against the caller's IP address.
 */
export async function receiveEvent(c: EdgeContext): Promise<Response> {
  const context = contextOf(c)
  const headers = readHeaderMap(c.req.raw.headers)
  const body = await readBody(c.req.raw, context.config.maxBodyBytes)
  const request = {
    method: c.req.method,
    url: c.get('exchange').url,
    header: (name: string) => headers.get(name) ?? undefined,
    body,
  }
  const id = c.req.param('id') ?? ''
  const exchange = c.get('exchange')
  exchange.headers = { ...exchange.headers, ...(await corsForPage(id, request.header('origin'), context)) }
  const response = await withAuthThrottle(c.env.BRAKE, headers, context.nowMs, () =>
    receive(id, request, context),
  )
  return new Response(response.body, {
    status: response.status,
    headers: {
      'content-type': response.type,
      ...(response.location && { location: response.location }),
      ...(response.outcome && { 'x-edge-hook': response.outcome }),
    },
  })
}

/** `OPTIONS /edge/hooks/{id}/in`: allows the pages of a form hook to send JSON to it. */
export async function respondToFormPreflight(c: EdgeContext): Promise<Response> {
  const { headers } = c.req.raw
  const origin = headers.get('origin') ?? undefined
  const allowed = await corsForPage(c.req.param('id') ?? '', origin, contextOf(c))
  if (origin === undefined || Object.keys(allowed).length === 0) throw noSuch('hook')
  const method = headers.get('access-control-request-method')
  const asked = headers.get('access-control-request-headers')
  return new Response(null, { status: 204, headers: preflightHeaders(origin, method, asked) })
}

async function readBody({ body }: Request, limitBytes: number): Promise<Uint8Array<ArrayBuffer>> {
  if (!body) return new Uint8Array(0)
  const read = await readUpTo(body, limitBytes)
  if (read.kind === 'whole' && read.bytes.byteLength <= limitBytes) return read.bytes
  if (read.kind === 'long') await read.rest.cancel().catch(() => undefined)
  throw new GatewayError(
    'tooLarge',
    `The event is larger than ${limitBytes} bytes, the maximum for this gateway.`,
  )
}
