import type { Dialect } from './dialects.ts'
import { errorFrame } from './dialects.ts'
import type { Fault } from './faults.ts'
import type { Frame } from './frames.ts'
import { problem } from './problems.ts'
import type { Usage } from './tokens.ts'

/** One step while the body of a response is sent. A `write` with `usage` counts as a frame in the call log. */
export type Act =
  | { kind: 'write'; bytes: Uint8Array; frame: boolean; usage: Usage | undefined }
  | { kind: 'wait'; milliseconds: number }
  | { kind: 'break' }
  | { kind: 'silence' }

/** Frames that are sent before a stream breaks or stalls. */
const FRAMES_BEFORE_BREAK = 3
const FRAMES_BEFORE_SILENCE = 2
/** The interval between comments of a model that takes long to start. */
const HEARTBEAT_MILLISECONDS = 500
/** Chunk sizes of the `split` fault, in bytes, used in turn: primes, so that cuts occur at all positions. */
const SPLIT_SIZES = [1, 2, 3, 5, 7, 29, 53] as const

/** Bytes from this value on start a multi-byte UTF-8 character (RFC 3629, section 3). */
const LEAD_BYTE = 0xc0

const encoder = new TextEncoder()

/** The acts for the frames of a stream and a fault: one chunk per frame by default. */
export function scriptStream(
  frames: readonly Frame[],
  fault: Fault | undefined,
  dialect: Dialect,
  requestId: string,
): Act[] {
  switch (fault?.name) {
    case 'first-event': {
      const broken = problem(fault.code, undefined, fault.status)
      return [writeText(errorFrame(dialect, broken, requestId, 1, fault.status !== undefined))]
    }
    case 'mid-stream': {
      const sent = frames.slice(0, FRAMES_BEFORE_BREAK)
      const broken = problem(fault.code, undefined, fault.status)
      return [...sent.map(write), writeText(errorFrame(dialect, broken, requestId, sent.length + 1))]
    }
    case 'cut-between':
      return [...frames.slice(0, FRAMES_BEFORE_BREAK).map(write), { kind: 'break' }]
    case 'cut': {
      const whole = frames.slice(0, Math.min(FRAMES_BEFORE_BREAK, frames.length - 1))
      const torn = encoder.encode(frames[whole.length]?.text ?? '')
      const half = torn.subarray(0, Math.floor(torn.byteLength / 2))
      return [...whole.map(write), part(half), { kind: 'break' }]
    }
    case 'stall-stream':
      return [...frames.slice(0, FRAMES_BEFORE_SILENCE).map(write), { kind: 'silence' }]
    case 'empty':
      return []
    case 'crlf':
      return frames.map(({ text, usage }) => write({ text: text.replaceAll('\n', '\r\n'), usage }))
    case 'comments':
      return [
        partText(':connected\n\n'),
        ...frames.flatMap((frame) => [partText(':keepalive\n\n'), write(frame)]),
      ]
    case 'heartbeats':
      return [...heartbeats(fault.milliseconds), ...frames.map(write)]
    case 'split':
      return frames.flatMap((frame) => split(write(frame)))
    case 'unended': {
      const last = frames.at(-1)
      return [
        ...frames.slice(0, -1).map(write),
        ...(last ? [write({ ...last, text: last.text.trimEnd() })] : []),
      ]
    }
    case 'trickle':
      return frames.flatMap((frame) => [write(frame), { kind: 'wait', milliseconds: fault.milliseconds }])
    default:
      return frames.map(write)
  }
}

/** A comment at once and after each HEARTBEAT_MILLISECONDS, for the given time. */
function heartbeats(milliseconds: number): Act[] {
  const times = Math.floor(milliseconds / HEARTBEAT_MILLISECONDS)
  const beat = partText(':heartbeat\n\n')
  const pause: Act = { kind: 'wait', milliseconds: HEARTBEAT_MILLISECONDS }
  return [beat, ...Array.from({ length: times }, () => [pause, beat]).flat()]
}

/** The acts for a non-streaming response and a fault. */
export function scriptBody(text: string, fault: Fault | undefined): Act[] {
  const bytes = encoder.encode(text)
  const half = part(bytes.subarray(0, Math.floor(bytes.byteLength / 2)))
  if (fault?.name === 'cut' || fault?.name === 'cut-between') return [half, { kind: 'break' }]
  if (fault?.name === 'stall-stream') return [half, { kind: 'silence' }]
  return fault?.name === 'split' ? split(part(bytes)) : [part(bytes)]
}

type Write = Extract<Act, { kind: 'write' }>

function write({ text, usage }: Frame): Write {
  return { kind: 'write', bytes: encoder.encode(text), frame: true, usage }
}

function writeText(text: string): Write {
  return write({ text, usage: undefined })
}

function part(bytes: Uint8Array): Write {
  return { kind: 'write', bytes, frame: false, usage: undefined }
}

function partText(text: string): Write {
  return part(encoder.encode(text))
}

/**
 * Splits at these sizes and after the first byte of every multi-byte character. The frame counts when its last byte
 * is sent.
 */
function split(whole: Write): Act[] {
  const acts: Act[] = []
  let start = 0
  for (let turn = 0; start < whole.bytes.byteLength; turn++) {
    const size = SPLIT_SIZES[turn % SPLIT_SIZES.length] ?? 1
    const lead = whole.bytes.subarray(start, start + size).findIndex((byte) => byte >= LEAD_BYTE)
    const end = start + (lead < 0 ? size : lead + 1)
    const bytes = whole.bytes.subarray(start, end)
    acts.push(end >= whole.bytes.byteLength ? { ...whole, bytes } : part(bytes))
    start = end
  }
  return acts
}
