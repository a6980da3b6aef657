/** A fault of one call. emulator/README.md lists the names and their meaning. */
export type Fault =
  | { name: 'status'; status: number; code: string; retryAfterSeconds: number | undefined }
  | { name: 'first-event'; status: number | undefined; code: string }
  | { name: 'mid-stream'; status: number; code: string }
  | { name: 'sse-error'; status: number; labelledJson: boolean }
  | { name: 'slow' | 'trickle' | 'task-pending' | 'heartbeats'; milliseconds: number }
  | { name: 'platform' | 'bodiless'; status: number }
  | { name: 'frames'; count: number }
  | { name: 'large-answer'; bytes: number }
  | { name: PlainFault }
  | { name: 'unknown'; asked: string }

const PLAIN_FAULTS = [
  'cut',
  'cut-between',
  'stall',
  'stall-stream',
  'html',
  'nonsense',
  'empty',
  'partial',
  'redirect',
  'gzip',
  'crlf',
  'comments',
  'split',
  'unended',
  'big-frame',
  'task-failed',
] as const
type PlainFault = (typeof PLAIN_FAULTS)[number]

const FAULT_MODEL_PREFIX = 'fault-'
const ONCE_PREFIX = 'once-'

/** A requested fault: with `once`, only the first such call of an account fails. */
export interface AskedFault {
  once: boolean
  fault: Fault
}

/**
 * The fault requested by the `x-emulator-fault` header or the model (or application id) of a call; undefined
 * without one. The header takes precedence. Never throws: a misspelt name becomes the `unknown` fault.
 */
export function askedFault(header: string | null, model: string): AskedFault | undefined {
  const fromModel = model.startsWith(FAULT_MODEL_PREFIX) ? model.slice(FAULT_MODEL_PREFIX.length) : undefined
  const asked = header ?? fromModel
  if (asked === undefined) return undefined
  const once = asked.startsWith(ONCE_PREFIX)
  return { once, fault: parseFault(once ? asked.slice(ONCE_PREFIX.length) : asked) }
}

function parseFault(asked: string): Fault {
  const plain = PLAIN_FAULTS.find((name) => name === asked)
  return plain === undefined ? parseFaultWithNumbers(asked) : { name: plain }
}

function parseFaultWithNumbers(asked: string): Fault {
  const status = /^status-(\d{3})-([^-]+)(?:-retry-(\d+))?$/.exec(asked)
  if (status?.[2] !== undefined) {
    const retry = status[3]
    const retryAfterSeconds = retry === undefined ? undefined : Number(retry)
    return { name: 'status', status: Number(status[1]), code: status[2], retryAfterSeconds }
  }
  const event = /^(first-event|mid-stream)-(\d{3}|nostatus)-([^-]+)$/.exec(asked)
  if (event?.[3] !== undefined) {
    if (event[1] === 'mid-stream') return { name: 'mid-stream', status: Number(event[2]), code: event[3] }
    const eventStatus = event[2] === 'nostatus' ? undefined : Number(event[2])
    return { name: 'first-event', status: eventStatus, code: event[3] }
  }
  const counted =
    /^(slow|trickle|task-pending|heartbeats|platform|bodiless|frames|large-answer|sse-error-json|sse-error)-(\d+)$/.exec(
      asked,
    )
  const amount = Number(counted?.[2])
  switch (counted?.[1]) {
    case 'slow':
    case 'trickle':
    case 'task-pending':
    case 'heartbeats':
      return { name: counted[1], milliseconds: amount }
    case 'platform':
    case 'bodiless':
      return { name: counted[1], status: amount }
    case 'frames':
      return { name: 'frames', count: amount }
    case 'large-answer':
      return { name: 'large-answer', bytes: amount }
    case 'sse-error':
    case 'sse-error-json':
      return { name: 'sse-error', status: amount, labelledJson: counted[1] === 'sse-error-json' }
    default:
      return { name: 'unknown', asked }
  }
}
