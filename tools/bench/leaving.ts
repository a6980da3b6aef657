/**
 * Shows how workerd detects a caller that leaves before the response: a reset at once, a plain close (FIN) only on
 * the next write. A half-closed connection is legal in HTTP/1.1 (RFC 9112 section 9.6), so a server cannot interpret
 * a FIN as an abort; `request.signal` is therefore not aborted.
 *
 * npm run bench -- leaving
 */
import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { convertV4MiniflareOptions, Miniflare } from 'miniflare'
import { writeFigures } from './write-docs.ts'

/** How long the Worker takes to respond, and how long the experiment waits for a detection. */
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

/**
 * Sends a request, leaves after 200 ms and returns when the Worker detected it, in milliseconds after the request; 0
 * means never.
 */
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
 * Prints how workerd detects a caller that leaves.
 *
 * @param write whether to write the result into docs/benchmarks.md.
 * @returns whether the result still matches the docs: a reset is detected, a close is not.
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
