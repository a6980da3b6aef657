import type { Socket } from 'node:net'
import { framesOf, streamFrame } from './frames.ts'
import { reply, type ServedRequest } from './server.ts'

/** About 1 kB of JSON in the format of a recorded response of the native text generation. */
export const RESPONSE_BODY = JSON.stringify({
  output: {
    choices: [
      {
        finish_reason: 'stop',
        message: { role: 'assistant', content: 'Water boils at 100 °C. '.repeat(35) },
      },
    ],
  },
  usage: { total_tokens: 247, output_tokens: 239, input_tokens: 8 },
  request_id: 'e764bfe3-c0b7-97a0-ae57-cd99e1580960',
})

const JSON_HEADERS =
  'content-type: application/json\r\nx-dashscope-call-gateway: true\r\nreq-cost-time: 6429\r\n'
const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream;charset=UTF-8\r\nx-dashscope-call-gateway: true\r\ntransfer-encoding: chunked\r\n\r\n'

/** Holds streams before their second frame until this many are open. */
interface Gate {
  wanted: number
  waiting: (() => void)[]
}

/**
 * Replaces DashScope: it responds at once with JSON, or with an event stream as specified in the body's `bench`
 * member.
 *
 * @returns a handler for the Workers' requests.
 */
export function upstream(): (request: ServedRequest) => void {
  const gate: Gate = { wanted: 0, waiting: [] }
  return ({ headers, body, socket }) => {
    if (headers.get('x-dashscope-sse') !== 'enable') return reply(socket, 200, JSON_HEADERS, RESPONSE_BODY)
    const order = framesOf(body.toString())
    socket.write(STREAM_HEAD + chunk(streamFrame(order.number, 1, order.frames)))
    const send = () => sendFrames(socket, order.number, order.frames, order.everyMs)
    if (order.openTogether === 0) return send()
    gate.wanted = order.openTogether
    gate.waiting.push(send)
    if (gate.waiting.length === gate.wanted) for (const start of gate.waiting.splice(0)) start()
  }
}

/** The second frame to the last one; each is a separate write, since tokens arrive one by one. */
function sendFrames(socket: Socket, number: number, frames: number, everyMs: number): void {
  let index = 1
  const timer = setInterval(() => {
    index++
    if (index <= frames && !socket.destroyed) {
      socket.write(chunk(streamFrame(number, index, frames)))
      return
    }
    clearInterval(timer)
    if (!socket.destroyed) socket.write('0\r\n\r\n')
  }, everyMs)
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}
