import type { Socket } from 'node:net'
import { reply, type ServedRequest } from '../server.ts'
import { eventOf, JSON_ANSWER, STREAM_END } from './answer.ts'
import { type Question, questionIn } from './question.ts'

const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream;charset=UTF-8\r\ntransfer-encoding: chunked\r\n\r\n'

/** What the bench wants to know of the requests that came. */
export interface Watch {
  /** A request with this question's number came. */
  called: (number: number) => void
  /** The connection of a stream closed before its end. */
  left: (number: number) => void
}

/**
 * Stands in for DashScope's chat completions: answers as the question in the body asks for, on every path.
 *
 * @returns what answers the gateways' requests.
 */
export function upstream(watch: Watch): (request: ServedRequest) => void {
  return ({ body, socket }) => {
    const question = questionIn(body.toString())
    watch.called(question.number)
    const answer = () => {
      if (question.events > 0) stream(socket, question, watch)
      else reply(socket, 200, 'content-type: application/json\r\n', JSON_ANSWER)
    }
    if (question.delayMs > 0) setTimeout(answer, question.delayMs)
    else answer()
  }
}

/** Each event is a write of its own, as tokens come one by one. */
function stream(socket: Socket, { number, events, everyMs }: Question, { left }: Watch): void {
  let index = 1
  socket.write(STREAM_HEAD + chunk(eventOf(index, events)))
  const timer = setInterval(() => {
    index++
    if (index <= events) {
      socket.write(chunk(eventOf(index, events)))
      return
    }
    clearInterval(timer)
    socket.off('close', closed)
    socket.write(`${chunk(STREAM_END)}0\r\n\r\n`)
  }, everyMs)
  const closed = () => {
    clearInterval(timer)
    left(number)
  }
  socket.once('close', closed)
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}
