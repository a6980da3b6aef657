import { once } from 'node:events'
import {
  createServer,
  request as httpRequest,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type ServerResponse,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { dialectOf, upstreamError } from './dialects.ts'
import type { Fault, FaultKind } from './faults.ts'

/** One upstream call as the proxy saw it. */
export interface UpstreamCall {
  fault: FaultKind
  status: number
  /** `whole`: everything was handed over; `damaged`: the fault ended it; `left`: the gateway went away before. */
  ending: 'open' | 'whole' | 'damaged' | 'left'
  requestBytes: number
  responseBytes: number
}

/** A proxy that does the planned harm to what passes. */
export interface FaultProxy {
  address: string
  /** The calls of each question by its number, and under undefined those whose body names none. */
  calls: ReadonlyMap<number | undefined, readonly UpstreamCall[]>
  stop: () => Promise<void>
}

/** The message of a storm's refusals, which differs from the gateway's own. */
export const STORM_MESSAGE = 'Requests rate limit exceeded in the storm of the soak, please try again later.'

/** Node closes idle connections after 5 s, and a request that meets the close would look like an upstream fault. */
const KEEP_ALIVE_MS = 3_600_000

/** How a question carries its number. */
const MARKER = /question (\d+) of the soak/

/** The beginning of a question's text, by which the proxy knows it. */
export function marker(question: number): string {
  return `question ${question} of the soak`
}

/**
 * Starts a proxy on a free loopback port.
 *
 * @param target where it passes requests on, like `http://127.0.0.1:1234`.
 * @param faultOf what is planned for a call; asked once for each, with the question's number where the body names one and whether
 *   this is its first call.
 */
export async function startFaultProxy(
  target: string,
  faultOf: (question: number | undefined, isFirst: boolean) => Fault,
): Promise<FaultProxy> {
  const calls = new Map<number | undefined, UpstreamCall[]>()
  const server = createServer(async (request, response) => {
    const body = await readAll(request).catch(() => undefined)
    if (!body) return
    const named = MARKER.exec(body.toString())?.[1]
    const question = named === undefined ? undefined : Number(named)
    const before = calls.get(question) ?? []
    const fault = faultOf(question, before.length === 0)
    const call: UpstreamCall = {
      fault: fault.kind,
      status: 0,
      ending: 'open',
      requestBytes: body.byteLength,
      responseBytes: 0,
    }
    calls.set(question, [...before, call])
    response.on('close', () => {
      if (call.ending === 'open') call.ending = response.writableFinished ? 'whole' : 'left'
    })
    response.on('error', () => undefined)
    await misbehave({ target, request, response, body, fault, call })
  })
  server.keepAliveTimeout = KEEP_ALIVE_MS
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return {
    address: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    calls,
    stop: async () => {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}

interface Exchange {
  target: string
  request: IncomingMessage
  response: ServerResponse
  body: Buffer
  fault: Fault
  call: UpstreamCall
}

async function misbehave({ target, request, response, body, fault, call }: Exchange): Promise<void> {
  if (fault.kind === 'storm') {
    call.status = fault.status
    const text = upstreamError(dialectOf(request.url ?? ''), fault.status, STORM_MESSAGE)
    response.writeHead(fault.status, { 'content-type': 'application/json', 'retry-after': '1' }).end(text)
    return
  }
  if (fault.kind === 'half-open') await pause(response, fault.holdMs)
  if (fault.kind === 'half-open' || fault.kind === 'drop') {
    damage(response, call, 'close')
    return
  }
  if (fault.kind === 'delay') await pause(response, fault.milliseconds)
  if (response.destroyed) return
  const upstreamResponse = await pass(target, request, body, response)
  if (!upstreamResponse || response.destroyed) return
  call.status = upstreamResponse.statusCode ?? 0
  if (fault.kind === 'none' || fault.kind === 'delay') {
    upstreamResponse.on('data', (chunk: Buffer) => {
      call.responseBytes += chunk.byteLength
    })
    response.writeHead(call.status, headersOf(upstreamResponse))
    upstreamResponse.pipe(response)
    return
  }
  const whole = await readAll(upstreamResponse).catch(() => undefined)
  if (!whole || response.destroyed) return
  call.responseBytes = whole.byteLength
  response.writeHead(call.status, headersOf(upstreamResponse))
  if (fault.kind === 'trickle') await trickle(response, whole, fault.writes, fault.gapMs)
  else await breakOff(response, whole, fault, call)
}

/** Asks the target; undefined if it cannot be reached, and the connection is closed then. The gateway's leaving ends the call. */
function pass(
  target: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
  response: ServerResponse,
): Promise<IncomingMessage | undefined> {
  return new Promise((resolve) => {
    const outgoing = httpRequest(target + url, {
      method,
      agent: false,
      headers: { ...headers, host: new URL(target).host, connection: 'close' },
    })
    outgoing.on('response', resolve)
    outgoing.on('error', () => {
      response.destroy()
      resolve(undefined)
    })
    response.on('close', () => outgoing.destroy())
    outgoing.end(body)
  })
}

/** How the target keeps its connection says nothing about ours. */
function headersOf({ headers }: IncomingMessage): IncomingHttpHeaders {
  const { connection: _connection, 'keep-alive': _keepAlive, ...others } = headers
  return others
}

async function trickle(response: ServerResponse, body: Buffer, writes: number, gapMs: number): Promise<void> {
  const size = Math.max(1, Math.ceil(body.byteLength / writes))
  for (let start = 0; start < body.byteLength; start += size) {
    if (response.destroyed) return
    response.write(body.subarray(start, start + size))
    await pause(response, gapMs)
  }
  response.end()
}

/** At least one byte passes and at least one is missing, so that the break is always inside the body. */
async function breakOff(
  response: ServerResponse,
  body: Buffer,
  fault: { kind: 'cut' | 'reset'; share: number },
  call: UpstreamCall,
): Promise<void> {
  const bytes = 1 + Math.floor(fault.share * Math.max(0, body.byteLength - 2))
  await new Promise((written) => response.write(body.subarray(0, bytes), written))
  damage(response, call, fault.kind === 'reset' ? 'reset' : 'close')
}

function damage(response: ServerResponse, call: UpstreamCall, how: 'close' | 'reset'): void {
  if (response.destroyed) return
  call.ending = 'damaged'
  if (how === 'reset') response.socket?.resetAndDestroy()
  else response.destroy()
}

/** Waits, but no longer than the caller is there. */
async function pause(response: ServerResponse, milliseconds: number): Promise<void> {
  const gone = new AbortController()
  const leave = () => gone.abort()
  response.once('close', leave)
  await sleep(milliseconds, undefined, { signal: gone.signal }).catch(() => undefined)
  response.off('close', leave)
}

async function readAll(stream: IncomingMessage): Promise<Buffer> {
  const pieces: Buffer[] = []
  for await (const piece of stream) pieces.push(piece)
  return Buffer.concat(pieces)
}
