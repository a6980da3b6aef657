import type { Socket } from 'node:net'
import { reply, type ServedRequest } from '../server.ts'
import { eventOf, JSON_RESPONSE, STREAM_END } from './chat-response.ts'
import { type Question, questionIn } from './question.ts'

const STREAM_HEAD =
  'HTTP/1.1 200 OK\r\ncontent-type: text/event-stream;charset=UTF-8\r\ntransfer-encoding: chunked\r\n\r\n'

/** The events reported to the benchmark. */
export interface Watch {
  /** A request with this question's number has arrived. */
  called: (number: number) => void
  /** The connection of a stream closed before its end. */
  left: (number: number) => void
}

/** The stand-in for DashScope. */
export interface Upstream {
  /** Handles the gateways' requests. */
  respond: (request: ServedRequest) => void
  /**
   * Ends every stream that is still open, normally: a gateway that never aborts would keep them open during the run.
   */
  endStreams: () => void
}

/** Replaces DashScope's chat completions: it responds on every path as the question in the body specifies. */
export function upstream(watch: Watch): Upstream {
  const open = new Set<() => void>()
  const endStreams = () => {
    for (const end of open) end()
  }
  const respond = ({ body, socket }: ServedRequest) => {
    const question = questionIn(body.toString())
    watch.called(question.number)
    const begin = () => {
      if (question.events > 0) stream(socket, question, watch, open)
      else reply(socket, 200, 'content-type: application/json\r\n', JSON_RESPONSE)
    }
    if (question.delayMs > 0) setTimeout(begin, question.delayMs)
    else begin()
  }
  return { respond, endStreams }
}

/**
 * Each event is a separate write, since tokens arrive one by one. `open` contains the function that ends the stream
 * until it has ended.
 */
function stream(socket: Socket, question: Question, { left }: Watch, open: Set<() => void>): void {
  const { number, events, everyMs } = question
  let index = 1
  socket.write(STREAM_HEAD + chunk(eventOf(index, events)))
  const timer = setInterval(() => {
    index++
    if (index <= events) {
      socket.write(chunk(eventOf(index, events)))
      return
    }
    end()
  }, everyMs)
  const end = () => {
    clearInterval(timer)
    open.delete(end)
    socket.off('close', closed)
    socket.write(`${chunk(STREAM_END)}0\r\n\r\n`)
  }
  const closed = () => {
    clearInterval(timer)
    open.delete(end)
    left(number)
  }
  socket.once('close', closed)
  open.add(end)
}

function chunk(text: string): string {
  return `${Buffer.byteLength(text).toString(16)}\r\n${text}\r\n`
}
