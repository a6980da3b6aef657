type Parameters = Record<string, unknown>
type Listen = (parameters: Parameters) => void

/** Chromium's DevTools protocol over one WebSocket. */
interface Devtools {
  /** Sends a command, to the browser or to the page of a session, and returns its result. */
  send: (method: string, parameters?: Parameters, session?: string) => Promise<Parameters>
  /** Hears the events of that name in a session. */
  on: (session: string, event: string, listen: Listen) => void
}

/** A tab. */
export interface Page {
  /** Goes to an address and waits until the page has loaded. */
  open: (address: string) => Promise<void>
  /**
   * Runs a function in the page and returns what it returns, both as JSON. It sees its arguments and the page, and
   * nothing of the module that it is written in.
   */
  run: <Arguments extends unknown[], Result>(
    work: (...values: Arguments) => Result | Promise<Result>,
    ...values: Arguments
  ) => Promise<Result>
  /** Uncaught errors of the page. */
  thrown: () => readonly string[]
}

/** Answers given in the place of hosts out of reach: the script for each address that begins so. */
export type StandIns = Readonly<Record<string, string>>

/** Connects to a browser; the returned function opens tabs in it. */
export async function connect(address: string): Promise<(standIns: StandIns) => Promise<Page>> {
  const devtools = await openSocket(address)
  return (standIns) => openPage(devtools, standIns)
}

async function openSocket(address: string): Promise<Devtools> {
  const socket = new WebSocket(address)
  const waiting = new Map<number, { resolve: (result: Parameters) => void; reject: (error: Error) => void }>()
  const listeners = new Map<string, Listen>()
  let sent = 0
  socket.addEventListener('message', ({ data }) => {
    const { id, method, params, sessionId, result, error } = JSON.parse(String(data))
    if (id === undefined) return listeners.get(`${sessionId} ${method}`)?.(params)
    const waiter = waiting.get(id)
    waiting.delete(id)
    if (error) waiter?.reject(new Error(`Chromium refused a command: ${error.message}`))
    else waiter?.resolve(result)
  })
  socket.addEventListener('close', () => {
    for (const { reject } of waiting.values()) reject(new Error('Chromium has ended.'))
  })
  await new Promise<void>((resolve, reject) => {
    socket.addEventListener('open', () => resolve())
    socket.addEventListener('error', () => reject(new Error('Chromium takes no connection.')))
  })
  return {
    send: (method, parameters = {}, sessionId) =>
      new Promise((resolve, reject) => {
        sent++
        waiting.set(sent, { resolve, reject })
        socket.send(JSON.stringify({ id: sent, method, params: parameters, ...(sessionId && { sessionId }) }))
      }),
    on: (session, event, listen) => listeners.set(`${session} ${event}`, listen),
  }
}

async function openPage({ send, on }: Devtools, standIns: StandIns): Promise<Page> {
  const { targetId } = await send('Target.createTarget', { url: 'about:blank' })
  const attached = await send('Target.attachToTarget', { targetId, flatten: true })
  const session = String(attached.sessionId)
  const thrown: string[] = []
  on(session, 'Runtime.exceptionThrown', ({ exceptionDetails }) => {
    thrown.push(describe(exceptionDetails))
  })
  on(session, 'Fetch.requestPaused', ({ requestId, request }) => {
    const { url } = request as { url: string }
    const script = Object.entries(standIns).find(([start]) => url.startsWith(start))?.[1] ?? ''
    void send(
      'Fetch.fulfillRequest',
      {
        requestId,
        responseCode: 200,
        responseHeaders: [{ name: 'content-type', value: 'text/javascript' }],
        body: btoa(script),
      },
      session,
    )
  })
  await send('Page.enable', {}, session)
  await send('Runtime.enable', {}, session)
  const patterns = Object.keys(standIns).map((start) => ({ urlPattern: `${start}*` }))
  if (patterns.length > 0) await send('Fetch.enable', { patterns }, session)
  return {
    open: async (address) => {
      const loaded = new Promise<void>((resolve) => on(session, 'Page.loadEventFired', () => resolve()))
      const { errorText } = await send('Page.navigate', { url: address }, session)
      if (errorText) throw new Error(`Chromium could not open ${address}: ${errorText}.`)
      await loaded
    },
    run: async (work, ...values) => {
      const { result, exceptionDetails } = await send(
        'Runtime.evaluate',
        {
          expression: `(${work})(...${JSON.stringify(values)})`,
          awaitPromise: true,
          returnByValue: true,
          userGesture: true,
        },
        session,
      )
      if (exceptionDetails) throw new Error(describe(exceptionDetails))
      return (result as { value: Awaited<ReturnType<typeof work>> }).value
    },
    thrown: () => thrown,
  }
}

function describe(details: unknown): string {
  const { text, exception } = details as { text: string; exception?: { description?: string } }
  return exception?.description ?? text
}
