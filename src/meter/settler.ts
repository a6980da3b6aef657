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
  /** The model that answered, or was asked last. */
  model: string
  usage: Usage
  /** Nanos; undefined if no price is known. */
  money: number | undefined
  saved?: Settlement['saved']
  /** The response as far as it was kept: whole, or the end of a stream. */
  answer?: () => Uint8Array
  error?: GatewayError
  /** Why a stream is `broken`, where DashScope said so. */
  code?: string | undefined
}

/** What an account needs of the request it belongs to. */
export interface AccountOptions {
  id: string
  nowMs: number
  meter: MeterClient
  /** The region that answered, or was asked last; undefined if none was asked. */
  answeredIn: () => Region | undefined
  /** The model that answered, or was asked last: a fallback, or the request's own. */
  answeredBy: () => string
  /** `ctx.waitUntil` */
  keepAlive: (work: Promise<unknown>) => void
  /** The task that it submitted, once its charge is noted. */
  notedTask?: () => string | undefined
  /** Called with the states of the limits once the request has passed them. */
  reserved?: (states: readonly LimitState[]) => void
  /** Called once, with what the request used; returns how its response was, for the counts and the request log. */
  settled: (settled: SettledRequest) => DescribedResponse
}

/** What only the one who sends the response knows of it. */
export type DescribedResponse = Required<Pick<Settlement, 'response'>> & Pick<Settlement, 'row'>

/** How a request ended, before its usage is read. */
export interface RequestEnd extends Pick<SettledRequest, 'ending' | 'answer' | 'error' | 'code'> {
  usageNow: () => Usage
  /** The caller has its response, and the usage is read in no time. */
  isBrief?: boolean
}

export type Settle = (end: RequestEnd) => void

/** What is done with a request when it ends, besides its line in the log. */
export interface Duties {
  /** It holds a reservation that has to be settled. */
  isLimited: boolean
  /** Its usage is recorded. */
  isMetered: boolean
}

/**
 * Settles a request once, by whichever comes first of the response, the stream's end and the error. Reading the usage never
 * delays the caller, and the log waits until the caller has its response.
 */
export function createSettler(call: MeteredCall, options: AccountOptions, duties: Duties): Settle {
  let isOpen = true
  return (end) => {
    if (!isOpen) return
    isOpen = false
    // Keeping a request going costs a tenth of it, so a brief one is settled at once.
    if (end.isBrief) settle(call, options, duties, end)
    else options.keepAlive(scheduler.wait(0).then(() => settle(call, options, duties, end)))
  }
}

function settle(
  call: MeteredCall,
  options: AccountOptions,
  { isLimited, isMetered }: Duties,
  { ending: seen, usageNow, answer, error, code }: RequestEnd,
): void {
  const { principal, endpoint, request } = call
  const { id, nowMs, meter, answeredIn, answeredBy, settled, notedTask } = options
  const model = answeredBy()
  // An upstream call that was aborted because its caller left looks like one that broke.
  const ending = seen === 'broken' && request.signal.aborted ? 'left' : seen
  const region = answeredIn()
  const spent = spentBy({ ...call, model }, region ?? call.targets[0].region, ending, usageNow())
  let described: Partial<DescribedResponse> = {}
  try {
    described = settled({
      ending,
      model,
      ...spent,
      ...(answer && { answer }),
      ...(error && { error }),
      ...(code !== undefined && { code }),
    })
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

/** What DashScope is paid for; a response that it made for another request costs nothing more. */
function spentBy(
  call: MeteredCall,
  region: Region,
  ending: Ending,
  usage: Usage,
): Pick<Settlement, 'usage' | 'money' | 'saved'> {
  const money = moneyFor(call, region, usage)
  if (ending !== 'cached') return { usage, money }
  const saved = { tokens: usage.input + usage.output, money: money ?? 0 }
  return { usage: NO_USAGE, money: 0, saved }
}
