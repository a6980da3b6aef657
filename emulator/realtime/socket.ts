import { accountOf, credentialOf, refuseCredential } from '../accounts.ts'
import { sumOf } from '../bill.ts'
import { keepCall, openCall } from '../calls.ts'
import { type JsonObject, numberOf } from '../json.ts'
import { type Problem, problem, problemByStatus } from '../problems.ts'
import { type Usage, unitsOf } from '../tokens.ts'
import { conversation, familyOf } from './conversation.ts'
import { inference } from './inference.ts'
import { type Listener, PACE, type Session } from './session.ts'

const MEBIBYTE = 1024 * 1024

/** The log of a socket for tests: its frames and usage. */
interface SocketNotes {
  framesIn: number
  bytesIn: number
  used: JsonObject[]
}

/** Accepts or refuses the upgrade at one of DashScope's two WebSocket URLs. */
export async function socket(request: Request, url: URL): Promise<Response> {
  const credential = credentialOf(request.headers, url, 'native')
  const account = accountOf(credential)
  const call = openCall(request, url, crypto.randomUUID(), Date.now(), new Uint8Array(0))
  keepCall(account.calls, call)
  const model = url.searchParams.get('model') ?? ''
  const fault = request.headers.get('x-emulator-fault') ?? /^fault-(.*)/.exec(model)?.[1] ?? ''
  const refusal = refuseCredential(credential, 'native') ?? (await refusedUpgrade(fault, url, model))
  if (refusal) {
    call.status = refusal.status
    call.outcome = 'answered'
    const { code, message } = refusal
    return Response.json({ code, message, request_id: call.id }, { status: refusal.status })
  }
  call.status = 101
  const { 0: client, 1: server } = new WebSocketPair()
  server.accept()
  server.binaryType = 'arraybuffer'
  call.model = model
  const notes: SocketNotes = { framesIn: 0, bytesIn: 0, used: [] }
  const parts = new Map<string, Usage>()
  const timers = new Set<ReturnType<typeof setTimeout>>()
  let isOpen = true
  const note = () => {
    call.body = JSON.stringify(notes)
  }
  const end = (outcome: 'answered' | 'left' | 'cut') => {
    if (!isOpen) return
    isOpen = false
    for (const timer of timers) clearTimeout(timer)
    call.outcome = outcome
  }
  const session: Session = {
    send: (message) => {
      if (!isOpen) return
      call.frames++
      const text = JSON.stringify(message)
      server.send(fault === 'badjson' && call.frames === 2 ? text.slice(0, -1) : text)
    },
    sendBytes: (bytes) => {
      if (!isOpen || bytes.byteLength === 0) return
      call.frames++
      server.send(bytes)
    },
    close: (code, reason) => {
      end('cut')
      server.close(code, reason)
    },
    after: (milliseconds, run) => {
      const timer = setTimeout(() => {
        timers.delete(timer)
        if (isOpen) run()
      }, milliseconds * PACE)
      timers.add(timer)
      return () => {
        clearTimeout(timer)
        timers.delete(timer)
      }
    },
    call,
    used: (part, usage) => {
      notes.used.push(usage)
      parts.set(part, billed(usage))
      call.usage = [...parts.values()].reduce(sumOf)
      note()
    },
  }
  const listener = listenerOf(session, url, model, fault)
  server.addEventListener('message', ({ data }) => {
    notes.framesIn++
    notes.bytesIn += typeof data === 'string' ? data.length : data.byteLength
    note()
    if (typeof data === 'string') listener.text(data)
    else listener.bytes(new Uint8Array(data))
  })
  server.addEventListener('close', ({ code }) => {
    if (isOpen) server.close(code === 1005 || code === 1006 ? 1000 : code)
    end('left')
  })
  server.addEventListener('error', () => end('left'))
  strike(session, fault)
  return new Response(null, { status: 101, webSocket: client })
}

/** Applies faults that need no frame of the caller. */
function strike(session: Session, fault: string): void {
  const close = /^close-(\d{4})$/.exec(fault)
  if (close) session.after(1000, () => session.close(Number(close[1]), 'fault'))
  const flood = /^flood-(\d{1,3})$/.exec(fault)
  if (flood) for (let sent = 0; sent < Number(flood[1]); sent++) session.sendBytes(new Uint8Array(MEBIBYTE))
  if (fault === 'huge') session.sendBytes(new Uint8Array(33 * MEBIBYTE))
}

function listenerOf(session: Session, url: URL, model: string, fault: string): Listener {
  if (url.pathname.startsWith('/api-ws/v1/inference')) return inference(session, fault)
  return conversation(session, familyOf(model) ?? 'omni', model, fault)
}

async function refusedUpgrade(fault: string, url: URL, model: string): Promise<Problem | undefined> {
  const status = /^upgrade-(\d{3})$/.exec(fault)
  if (status) return problemByStatus(Number(status[1]))
  if (fault === 'upgrade-stall') await new Promise((resolve) => setTimeout(resolve, 60_000))
  const isRealtime = url.pathname.startsWith('/api-ws/v1/realtime')
  const isUnknown = isRealtime && familyOf(model) === undefined
  return isUnknown
    ? problem('InvalidParameter', 'The model is missing or is not served at this address.')
    : undefined
}

/** The usage of a task or response in the units of the bill. */
function billed({ characters, duration, input_tokens, output_tokens, total_tokens }: JsonObject): Usage {
  if (characters !== undefined) return unitsOf({ characters: numberOf(characters) ?? 0 })
  if (duration !== undefined) return unitsOf({ seconds: numberOf(duration) ?? 0 })
  return {
    input_tokens: numberOf(input_tokens) ?? 0,
    output_tokens: numberOf(output_tokens) ?? 0,
    total_tokens: numberOf(total_tokens) ?? 0,
  }
}
