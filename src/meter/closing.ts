import type { Env } from '../config.ts'
import { isBilled } from '../dashscope/endpoint.ts'
import { priceOf } from '../dashscope/prices.ts'
import type { Region } from '../dashscope/regions.ts'
import { NO_USAGE, type Usage } from '../dashscope/usage.ts'
import type { GatewayError } from '../errors.ts'
import type { MeteredCall } from './metered-call.ts'
import type { Ending, Settlement } from './metering.ts'
import { MAX_USAGE_NAME_CHARACTERS } from './metering.ts'
import { metersOf } from './meters.ts'
import { type Lost, mustSettleAtOnce, settleSoon } from './settling.ts'

/** How an account was closed, for the log. */
export interface Closing {
  ending: Ending
  usage: Usage
  /** Micros; undefined where no price is known. */
  money: number | undefined
  saved?: Settlement['saved']
  /** The answer as far as it is there: whole, or the end of a stream. */
  answer?: () => Uint8Array
  error?: GatewayError
}

/** What an account needs of the request it belongs to. */
export interface AccountOptions {
  id: string
  nowMs: number
  /** The region that answered, or was asked last; undefined where none was asked. */
  answeredIn: () => Region | undefined
  keepAlive: (work: Promise<unknown>) => void
  closed: (closing: Closing) => void
  lost: Lost
}

/** How a request ended, before its usage is read. */
export interface End extends Pick<Closing, 'ending' | 'answer' | 'error'> {
  usageNow: () => Usage
  /** The caller was told, and the usage is read in no time. */
  isBrief?: boolean
}

export type Close = (end: End) => void

/** What is done with a request when it ends, besides its line in the log. */
export interface Duties {
  /** It holds a reservation that has to be settled. */
  isLimited: boolean
  /** Its usage is recorded. */
  isMetered: boolean
}

/**
 * What closes an account: once, whoever comes first of the answer, the stream's end and the error. Reading the usage never
 * delays the caller, and the log waits until the caller was told.
 */
export function closer(env: Env, call: MeteredCall, options: AccountOptions, duties: Duties): Close {
  let isOpen = true
  return (end) => {
    if (!isOpen) return
    isOpen = false
    // Keeping a request going costs a tenth of it, so that is left out where nothing has to be waited for.
    const isUrgent = duties.isLimited && mustSettleAtOnce(call.principal)
    if (end.isBrief && !isUrgent) void close(env, call, options, duties, end)
    else options.keepAlive(scheduler.wait(0).then(() => close(env, call, options, duties, end)))
  }
}

async function close(
  env: Env,
  call: MeteredCall,
  options: AccountOptions,
  { isLimited, isMetered }: Duties,
  { ending: told, usageNow, answer, error }: End,
): Promise<void> {
  const { principal, model, request } = call
  const { id, nowMs, answeredIn, keepAlive, closed, lost } = options
  // A call that was aborted because its caller left looks like one that broke.
  const ending = told === 'broken' && request.signal.aborted ? 'left' : told
  const spent = spentBy(call, answeredIn() ?? call.targets[0].region, ending, usageNow())
  try {
    closed({ ending, ...spent, ...(answer && { answer }), ...(error && { error }) })
  } finally {
    if (isMetered) {
      const settlement: Settlement = {
        ...(isLimited && { reservation: id }),
        startedMs: nowMs,
        nowMs: Date.now(),
        model: model.slice(0, MAX_USAGE_NAME_CHARACTERS),
        user: principal.user ?? '',
        ending,
        ...spent,
      }
      await settleSoon({ meters: metersOf(env), lost, keepAlive }, principal, settlement)
    }
  }
}

/** What DashScope is paid for; an answer that it made for another request costs nothing once more. */
function spentBy(
  { model, endpoint, targets, config }: MeteredCall,
  region: Region,
  ending: Ending,
  usage: Usage,
): Pick<Settlement, 'usage' | 'money' | 'saved'> {
  // A region whose price is not known is counted as the one that the estimate was for; else a limit on money would hold nothing.
  const money =
    priceOf(model, region, usage, config.billing) ??
    priceOf(model, targets[0].region, usage, config.billing) ??
    (isBilled(endpoint) ? undefined : 0)
  if (ending !== 'cached') return { usage, money }
  const saved = { tokens: usage.input + usage.output, money: money ?? 0 }
  return { usage: NO_USAGE, money: 0, saved }
}
