import type { SocketEndpoint } from '../dashscope/socket-endpoints.ts'
import { objectAt, parseObject } from '../lib/json/object.ts'
import { closeOf, type SocketError, socketErrorFrame } from './refusal.ts'
import { CLOSE_DELAY_MS } from './relay.ts'

/** How long to wait for the first frame of a refused caller of `/inference`, whose task id the error needs. */
const FIRST_FRAME_MS = 5000

/** Sends the reason of a refusal in the frame that the caller's SDK reads, and closes a moment later. */
export async function refuseInBand(
  socket: WebSocket,
  { name }: SocketEndpoint,
  error: SocketError,
  requestId: string,
): Promise<void> {
  socket.accept()
  const first = Promise.withResolvers<string>()
  socket.addEventListener('message', ({ data }) => first.resolve(typeof data === 'string' ? data : ''))
  socket.addEventListener('close', () => first.resolve(''))
  const named =
    name === 'inference' ? await Promise.race([first.promise, scheduler.wait(FIRST_FRAME_MS)]) : ''
  const taskId = objectAt(parseObject(named ?? ''), 'header')?.task_id
  try {
    socket.send(
      socketErrorFrame(name, error, requestId, typeof taskId === 'string' ? taskId.slice(0, 64) : ''),
    )
    await scheduler.wait(CLOSE_DELAY_MS)
    const { code, reason } = closeOf(error)
    socket.close(code, reason)
  } catch {
    // The caller closed before it received the message.
  }
}
