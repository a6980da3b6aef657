import { CHAT, chatBody, MESSAGES, messagesBody, nativeBody, SSE, TEXT } from '../../harness/caller.ts'
import type { Kind } from './mix-kind.ts'

function native(kind: string, model: string, share: number, headers = {}): Kind {
  return { kind, model, share, make: (text) => ({ path: TEXT, headers, body: nativeBody(model, text) }) }
}

function chat(kind: string, model: string, share: number): Kind {
  const more = { stream: true }
  return { kind, model, share, make: (text) => ({ path: CHAT, body: chatBody(model, text, more) }) }
}

function message(kind: string, model: string, share: number): Kind {
  const more = { stream: true }
  return { kind, model, share, make: (text) => ({ path: MESSAGES, body: messagesBody(model, text, more) }) }
}

function response(kind: string, model: string, share: number): Kind {
  const path = '/compatible-mode/v1/responses'
  return { kind, model, share, make: (input) => ({ path, body: { model, input, stream: true } }) }
}

/** Requests that end before their usage has come, or are refused. */
export const UNENDED: readonly Kind[] = [
  { ...native('left', 'fault-stall-stream', 25, SSE), leaves: true },
  { ...chat('left chat', 'fault-trickle-1000', 15), leaves: true, isUnseen: true },
  { ...message('left message', 'fault-trickle-1001', 15), leaves: true, isUnseen: true },
  { ...response('left response', 'fault-trickle-1002', 10), leaves: true, isUnseen: true },
  native('broken between frames', 'fault-cut-between', 25, SSE),
  native('broken in a frame', 'fault-cut', 25, SSE),
  { ...chat('broken chat', 'fault-mid-stream-500-InternalError', 15), isUnseen: true },
  { ...message('broken message', 'fault-mid-stream-502-InternalError', 15), isUnseen: true },
  { ...response('broken response', 'fault-mid-stream-503-InternalError', 10), isUnseen: true },
  {
    ...native('refused', 'fault-status-429-Throttling.RateQuota', 15),
    status: 429,
  },
  {
    ...native('refused in the first event', 'fault-first-event-400-InvalidParameter', 10, SSE),
    status: 400,
  },
  { ...native('refused by name', 'no-such-model', 10), status: 400 },
]
