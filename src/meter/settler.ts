import type { Region } from '../dashscope/regions.ts'
import { NO_USAGE, type Usage } from '../dashscope/usage.ts'
import type { GatewayError } from '../errors.ts'
import type { MeterClient } from './client.ts'
import type { MeteredCall } from './metered-call.ts'
import type { LimitState } from './metering.ts'
import { moneyFor } from './money.ts'
import type { Ending, Settlement } from './settlement.ts'

/** The final usage of a request, for the log. */
export interface SettledRequest {
  ending: Ending
  /** The model that responded, or the last one that was tried. */
  model: string
  usage: Usage
  /** In nanos; undefined if no price is known. */
  money: number | undefined
  saved?: Settlement['saved']
  /** Returns the kept part of the response: all of it, or the end of a stream. */
  response?: (() => Uint8Array) | undefined
  error?: GatewayError | undefined
  /** DashScope's error code for a `broken` stream, if it sent one. */
  code?: string | undefined
}

/** The options of an account. */
export interface AccountOptions {
  id: string
  nowMs: number
  meter: MeterClient
  /** The region that responded, or the last one that was tried; undefined if none was tried. */
  respondedIn: () => Region | undefined
  /** The model that responded, or the last one that was tried: a fallback, or the request's own. */
  respondedBy: () => string
  /** `ctx.waitUntil`. */
  keepAlive: (work: Promise<unknown>) => void
  /** The submitted task, after its charge was recorded. */
  notedTask?: () => string | undefined
  /** Called with the states of the limits after the request was granted. */
  reserved?: (states: readonly LimitState[]) => void
  /** Called once with the usage of the request, for its log line. */
  settled: (settled: SettledRequest) => void
  /** Describes the response for the counts and the request log, if usage is recorded. */
  describe: (settled: SettledRequest) => DescribedResponse
}

/** The description of a response, supplied by the module that sends it. */
export type DescribedResponse = Required<Pick<Settlement, 'response'>> & Pick<Settlement, 'row' | 'kept'>

/** How a request ended, before its usage is read. */
export interface RequestEnd extends Pick<SettledRequest, 'ending' | 'response' | 'error' | 'code'> {
  usageNow: () => Usage
  /** The response is small, so its usage is read at once. */
  isBrief?: boolean
}

export type Settle = (end: RequestEnd) => void

/** What to do at the end of a request, in addition to its log line. */
export interface Duties {
  /** It has a reservation that must be settled. */
  isLimited: boolean
  /** Its usage is recorded. */
  isMetered: boolean
}

/**
 * Settles a request once: at its response, the end of its stream or its error, whichever comes first. Reading the
 * usage never delays the caller, and the log is written after the caller has its response.
 */
export function createSettler(call: MeteredCall, options: AccountOptions, duties: Duties): Settle {
  let isOpen = true
  return (end) => {
    if (!isOpen) return
    isOpen = false
    // Keeping a request alive costs about a tenth of its CPU time, so a brief one is settled at once.
    if (end.isBrief) settle(call, options, duties, end)
    else options.keepAlive(scheduler.wait(0).then(() => settle(call, options, duties, end)))
  }
}

function settle(
  call: MeteredCall,
  options: AccountOptions,
  { isLimited, isMetered }: Duties,
  { ending: seen, usageNow, response, error, code }: RequestEnd,
): void {
  const { principal, endpoint, request } = call
  const { id, nowMs, meter, respondedIn, respondedBy, notedTask } = options
  const model = respondedBy()
  // An upstream call that was aborted because its caller left looks like one that broke.
  const ending = seen === 'broken' && request.signal.aborted ? 'left' : seen
  const region = respondedIn()
  const spent = billedFor(call, model, region ?? call.targets[0].region, ending, usageNow())
  const settled: SettledRequest = { ending, model, ...spent, response, error, code }
  let described: Partial<DescribedResponse> = {}
  try {
    options.settled(settled)
    if (isMetered) described = options.describe(settled)
  } finally {
    if (isMetered) {
      const task = notedTask?.()
      meter.settle(principal, {
        ...((isLimited || task !== undefined) && { reservation: id }),
        ...(task !== undefined && { task }),
        startedMs: nowMs,
        nowMs: Date.now(),
        model,
        user: principal.user ?? '',
        endpoint: endpoint.name,
        ...(region && ending !== 'cached' && { region }),
        ending,
        ...spent,
        ...described,
      })
    }
  }
}

/** What DashScope bills for a request; a response that was made for another request costs nothing more. */
function billedFor(
  call: MeteredCall,
  model: string,
  region: Region,
  ending: Ending,
  usage: Usage,
): Pick<Settlement, 'usage' | 'money' | 'saved'> {
  const money = moneyFor(call, model, region, usage)
  if (ending !== 'cached') return { usage, money }
  const saved = { tokens: usage.input + usage.output, money: money ?? 0 }
  return { usage: NO_USAGE, money: 0, saved }
}
