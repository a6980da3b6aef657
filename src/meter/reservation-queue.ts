import type { ReservationRequest, Verdict } from './metering.ts'
import { METER_RETRY_AFTER_SECONDS } from './metering.ts'
import type { MeterContext } from './meters.ts'
import { sendAgain, takePending } from './settlement-queue.ts'

/**
 * A meter responds within milliseconds, from the other side of the earth within half a second. A call that takes
 * longer counts as failed.
 */
export const METER_DEADLINE_MS = 3000

/**
 * How long a request waits for another request's call before it sends the queue itself: the runtime may have ended
 * the other request, or the meter may hang.
 */
export const ORPHANED_MS = 1000

/** Enough reservations that the cost of the call is negligible; the object needs about 20 ms for them. */
const MAX_RESERVATIONS_PER_CALL = 256

/** A reservation with a late verdict is released if the verdict arrives within this time. */
const LATE_VERDICT_MS = 10_000

/** A pending reservation. Contains only plain data and promises, which requests of an isolate may share. */
interface Waiting {
  request: ReservationRequest
  isSent: boolean
  verdict: PromiseWithResolvers<Verdict>
  /** Resolved when it is this request's turn to send the queue. */
  turn: PromiseWithResolvers<void>
}

/** The pending reservations of this isolate at one meter. */
interface Queue {
  waiting: Waiting[]
  isSending: boolean
}

/** By meter name. A queue exists while a request waits in it. */
const queues = new Map<string, Queue>()

/**
 * Makes one reservation at a meter. While a call to that meter is in progress, reservations of the isolate are
 * queued, and the next call sends all of them: a call costs far more than a decision. The meter still decides one by
 * one, in order. If no call is in progress, the reservation is sent at once.
 *
 * A call belongs to a request that waits for it, and continues after its caller has left (`keepAlive`).
 *
 * @param takesBack whether to release a reservation that was granted too late, after its request was refused.
 * @throws what the call threw, or an error after METER_DEADLINE_MS.
 */
export async function reserveAt(
  context: MeterContext,
  meter: string,
  request: ReservationRequest,
  takesBack: boolean,
): Promise<Verdict> {
  const queue = queues.get(meter) ?? { waiting: [], isSending: false }
  queues.set(meter, queue)
  const own: Waiting = {
    request,
    isSent: false,
    verdict: Promise.withResolvers(),
    turn: Promise.withResolvers(),
  }
  const sendQueue = () => {
    if (!own.isSent) context.keepAlive(send(context, meter, queue))
  }
  // A failure after the deadline no longer matters.
  own.verdict.promise.catch(() => undefined)
  queue.waiting.push(own)
  if (queue.isSending) void own.turn.promise.then(sendQueue)
  else sendQueue()
  try {
    return await verdictInTime(own.verdict.promise, sendQueue)
  } catch (cause) {
    queue.waiting = queue.waiting.filter((each) => each !== own)
    if (takesBack) context.keepAlive(takeBack(context, meter, own))
    throw cause
  }
}

/** Sends the queued reservations, then passes the queue to the first request that arrived in the meantime. */
async function send(context: MeterContext, meter: string, queue: Queue): Promise<void> {
  const batch = queue.waiting.splice(0, MAX_RESERVATIONS_PER_CALL)
  for (const waiting of batch) waiting.isSent = true
  const pending = takePending(meter)
  queue.isSending = true
  try {
    const requests = batch.map(({ request }) => request)
    const verdicts = await context.meters.getByName(meter).reserve(requests, pending, context.logSize)
    for (const [index, { verdict }] of batch.entries()) {
      const decided = verdicts[index]
      if (decided) verdict.resolve(decided)
    }
  } catch (cause) {
    for (const { verdict } of batch) verdict.reject(cause)
    context.keepAlive(sendAgain(context, meter, pending))
  } finally {
    queue.isSending = false
    const [next] = queue.waiting
    if (next) next.turn.resolve()
    else if (queues.get(meter) === queue) queues.delete(meter)
  }
}

/** Bounds the wait for a verdict: a meter that hangs counts as failed. */
async function verdictInTime(verdict: Promise<Verdict>, sendQueue: () => void): Promise<Verdict> {
  const late = Promise.withResolvers<never>()
  let timer = setTimeout(() => {
    sendQueue()
    timer = setTimeout(() => {
      late.reject(new Error('The meter did not respond in time.'))
    }, METER_DEADLINE_MS - ORPHANED_MS)
  }, ORPHANED_MS)
  try {
    return await Promise.race([verdict, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/**
 * Releases a reservation that a slow meter, or one whose response was lost, may have granted after the request was
 * refused.
 */
async function takeBack(context: MeterContext, meter: string, { request, verdict }: Waiting): Promise<void> {
  const unknown = scheduler.wait(LATE_VERDICT_MS)
  const decided = await Promise.race([verdict.promise.catch(() => undefined), unknown])
  if (decided?.allowed === false) return
  if (!decided) await scheduler.wait(METER_RETRY_AFTER_SECONDS * 1000)
  try {
    await context.meters.getByName(meter).release([request.reservation.id])
  } catch {
    // If releasing fails, the reservation expires.
  }
}
