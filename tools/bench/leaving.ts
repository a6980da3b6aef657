/**
 * Shows what workerd notices of a caller that leaves before the response: a reset at once, a plain close (FIN) only when
 * something is written to it. A half-closed connection is legal in HTTP/1.1 (RFC 9112 section 9.6), so a server cannot take
 * a FIN for an abort; `request.signal` therefore says nothing of it.
 *
 *     npm run bench -- leaving
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { writeFigures } from './write-docs.ts'

/** How long the Worker takes to respond, and how long the experiment waits for a sign that it noticed. */
const RESPONSE_MS = 3000

const WORKER = `
  let left = 0
  export default {
    async fetch(request) {
      if (new URL(request.url).pathname === '/left') return Response.json(left)
      const start = Date.now()
      request.signal.addEventListener('abort', () => { left = Date.now() - start })
      await scheduler.wait(${RESPONSE_MS})
      return new Response('done')
    },
  }`

type Leave = (socket: ReturnType<typeof connect>) => void

/** Sends a request, leaves after 200 ms and returns when the Worker noticed, in milliseconds after its start; 0 is never. */
async function noticedAfterMs(leave: Leave): Promise<number> {
  const miniflare = new Miniflare(
    convertV4MiniflareOptions({
      modules: true,
      script: WORKER,
      compatibilityDate: '2026-11-17',
      unsafeDirectSockets: [{ host: '127.0.0.1', port: 0 }],
    }),
  )
  try {
    const { port, origin } = await miniflare.unsafeGetDirectURL()
    const socket = connect(Number(port), '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write('GET /slow HTTP/1.1\r\nHost: x\r\n\r\n')
    await sleep(200)
    leave(socket)
    await sleep(RESPONSE_MS - 500)
    return (await (await fetch(`${origin}/left`)).json()) as number
  } finally {
    await miniflare.dispose()
  }
}

/**
 * Prints what workerd notices of a caller that leaves.
 *
 * @param write also puts it into docs/benchmarks.md.
 * @returns whether it is still as the docs say: a reset is noticed, a close is not.
 */
export async function checkLeaving(write: boolean): Promise<boolean> {
  const afterReset = await noticedAfterMs((socket) => socket.resetAndDestroy())
  const afterClose = await noticedAfterMs((socket) => socket.end())
  const noticed = (afterMs: number) =>
    afterMs ? `noticed ${afterMs} ms after the request came` : 'never noticed'
  const printed = [
    `A caller that leaves 200 ms after its request, before a response that takes ${RESPONSE_MS} ms, in workerd`,
    '',
    `reset (RST)          ${noticed(afterReset)}`,
    `plain close (FIN)    ${noticed(afterClose)}`,
  ].join('\n')
  console.log(printed)
  if (write) writeFigures('leaving', printed, 'npm run bench -- leaving')
  return afterReset > 0 && afterClose === 0
}
