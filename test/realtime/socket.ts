import { once } from 'node:events'

/** A WebSocket with what came over it so far. */
export interface TestSocket {
  /** Text frames, parsed. */
  messages: Record<string, unknown>[]
  /** Binary frames. */
  binary: Uint8Array[]
  send: (message: unknown) => void
  sendBytes: (bytes: Uint8Array) => void
  close: (code?: number) => void
  /** Waits for a message that fits; fails where the socket closes before. */
  until: (fits: (message: Record<string, unknown>) => boolean) => Promise<Record<string, unknown>>
  closed: Promise<{ code: number; reason: string }>
  protocol: () => string
}

/** What Node's WebSocket takes in addition to the standard's protocols. */
interface NodeOptions {
  headers?: Record<string, string>
  protocols?: string[]
}

/** Opens a WebSocket and waits until it is open. */
export async function openSocket(address: string, options: NodeOptions): Promise<TestSocket> {
  // Node's WebSocket takes headers; the type of the standard does not know them.
  const socket: WebSocket = Reflect.construct(WebSocket, [address.replace(/^http/, 'ws'), options])
  socket.binaryType = 'arraybuffer'
  const messages: Record<string, unknown>[] = []
  const binary: Uint8Array[] = []
  const waiting = new Set<() => void>()
  let hasClosed = false
  const { promise: closed, resolve: close } = Promise.withResolvers<{ code: number; reason: string }>()
  socket.addEventListener('message', ({ data }) => {
    if (typeof data === 'string') messages.push(JSON.parse(data))
    else binary.push(new Uint8Array(data))
    for (const look of waiting) look()
  })
  socket.addEventListener('close', ({ code, reason }) => {
    hasClosed = true
    close({ code, reason })
    for (const look of waiting) look()
  })
  await Promise.race([
    once(socket, 'open'),
    once(socket, 'error').then(() => Promise.reject(new Error('The upgrade was refused.'))),
  ])
  return {
    messages,
    binary,
    send: (message) => socket.send(typeof message === 'string' ? message : JSON.stringify(message)),
    sendBytes: (bytes) => socket.send(bytes as Uint8Array<ArrayBuffer>),
    close: (code) => socket.close(code),
    closed,
    protocol: () => socket.protocol,
    until: async (fits) => {
      for (;;) {
        const found = messages.find(fits)
        if (found) return found
        if (hasClosed) throw new Error(`The socket closed before; it had ${JSON.stringify(messages)}`)
        await new Promise<void>((resolve) => {
          const look = () => {
            waiting.delete(look)
            resolve()
          }
          waiting.add(look)
        })
      }
    },
  }
}

/** A frame of `/inference`. */
export function taskFrame(
  action: string,
  taskId: string,
  payload: Record<string, unknown>,
  streaming = 'duplex',
) {
  return { header: { action, task_id: taskId, streaming }, payload }
}

/** The `run-task` of a speech synthesis. */
export function runSynthesis(
  taskId: string,
  model = 'cosyvoice-v3-flash',
  parameters: Record<string, unknown> = {},
) {
  return taskFrame('run-task', taskId, {
    task_group: 'audio',
    task: 'tts',
    function: 'SpeechSynthesizer',
    model,
    parameters: { voice: 'longanyang', format: 'pcm', sample_rate: 16_000, ...parameters },
    input: {},
  })
}

/** Begins a recognition of PCM with 16,000 samples a second, as task `t1`. */
export function runRecognition(parameters: Record<string, unknown> = {}): Record<string, unknown> {
  return taskFrame('run-task', 't1', {
    task_group: 'audio',
    task: 'asr',
    function: 'recognition',
    model: 'fun-asr-realtime',
    parameters: { format: 'pcm', sample_rate: 16_000, ...parameters },
    input: {},
  })
}

/** Whether a message is a given event of `/inference`. */
export const isTaskEvent = (name: string) => (message: Record<string, unknown>) =>
  (message.header as Record<string, unknown> | undefined)?.event === name

/** Whether a message is a given event of `/realtime`. */
export const isEvent = (type: string) => (message: Record<string, unknown>) => message.type === type
