import { setTimeout as sleep } from 'node:timers/promises'

/** What the isolates of one workerd hold, read by V8's inspector. */
export interface HeapReader {
  /**
   * Collects the garbage of all isolates and measures what the gateway's still holds: JavaScript objects, buffers, and
   * workerd's objects behind them.
   *
   * @returns bytes; undefined if no request woke the gateway in time.
   */
  heldBytes: () => Promise<number | undefined>
  close: () => void
}

type Result = Record<string, unknown>

/** One isolate, spoken to by the Chrome DevTools Protocol. */
interface Isolate {
  id: string
  /** Settles with the result of a command; that of a failed one is empty. */
  send: (method: string) => Promise<Result>
  close: () => void
}

/** How Miniflare calls a Worker without a name, as the gateway is one. */
const GATEWAY = 'core:user:'

/** An isolate collects when it next handles a request, and several a second reach the gateway of a soak. */
const COLLECTED_WITHIN_MS = 5000

/**
 * Attaches to every isolate: the gateway's, and those of Miniflare's stand-ins for Workers KV and the network, which share
 * its process.
 *
 * @param inspector where workerd listens, like `ws://127.0.0.1:9229`.
 * @throws Error if the gateway is not among them.
 */
export async function readHeaps(inspector: URL): Promise<HeapReader> {
  const response = await fetch(`http://${inspector.host}/json`)
  const listed = (await response.json()) as { id: string }[]
  const isolates = await Promise.all(listed.map(({ id }) => attach(inspector, id)))
  const gateway = isolates.find(({ id }) => id === GATEWAY)
  if (!gateway) throw new Error(`The inspector of workerd lists no isolate "${GATEWAY}".`)
  const collecting = new Map<Isolate, Promise<void>>()
  return {
    heldBytes: async () => {
      for (const isolate of isolates) {
        // One that nothing has woken since the last time still has its order.
        if (collecting.has(isolate)) continue
        const collected = collectGarbage(isolate).then(() => void collecting.delete(isolate))
        collecting.set(isolate, collected)
      }
      await Promise.race([collecting.get(gateway), sleep(COLLECTED_WITHIN_MS)])
      if (collecting.has(gateway)) return undefined
      const { usedSize, embedderHeapUsedSize, backingStorageSize } =
        await gateway.send('Runtime.getHeapUsage')
      return Number(usedSize) + Number(embedderHeapUsedSize) + Number(backingStorageSize)
    },
    close: () => {
      for (const isolate of isolates) isolate.close()
    },
  }
}

async function collectGarbage({ send }: Isolate): Promise<void> {
  await send('HeapProfiler.enable')
  // The inspector keeps the last lines of the log for a client that attaches later; without the inspector they are lost.
  await send('Runtime.discardConsoleEntries')
  await send('HeapProfiler.collectGarbage')
}

async function attach({ host }: URL, id: string): Promise<Isolate> {
  const socket = new WebSocket(`ws://${host}/${id}`)
  await new Promise<void>((opened, failed) => {
    socket.addEventListener('open', () => opened())
    socket.addEventListener('error', () => failed(new Error(`The inspector of ${id} refuses a connection.`)))
  })
  const waiting = new Map<number, (result: Result) => void>()
  socket.addEventListener('message', ({ data }) => {
    const message = JSON.parse(String(data)) as { id?: number; result?: Result }
    if (message.id === undefined) return
    waiting.get(message.id)?.(message.result ?? {})
    waiting.delete(message.id)
  })
  let sent = 0
  return {
    id,
    send: (method) =>
      new Promise((resolve) => {
        sent++
        waiting.set(sent, resolve)
        socket.send(JSON.stringify({ id: sent, method }))
      }),
    close: () => socket.close(),
  }
}
