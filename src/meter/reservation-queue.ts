import type { ReservationRequest, Verdict } from './metering.ts'
import { METER_RETRY_AFTER_SECONDS } from './metering.ts'
import type { MeterContext } from './meters.ts'
import { sendAgain, takePending } from './settlement-queue.ts'

/** A meter answers in milliseconds, from the other side of the earth in half a second; what takes longer is broken. */
export const METER_DEADLINE_MS = 3000

/**
 * A request waits this long for its place in another request's call, then sends the queue itself: the other one may have been
 * ended by the runtime, or its meter may hang.
 */
export const ORPHANED_MS = 1000

/** More reservations than one call needs to make its own cost negligible; the object takes some 20 ms for so many. */
const MAX_RESERVATIONS_A_CALL = 256

/** A reservation whose verdict is late is taken back if the verdict arrives within this time. */
const LATE_VERDICT_MS = 10_000

/** A reservation of one request. Only plain data and promises, which requests of an isolate may share. */
interface Waiting {
  request: ReservationRequest
  isSent: boolean
  verdict: PromiseWithResolvers<Verdict>
  /** Resolved when it is this request's turn to send the queue. */
  turn: PromiseWithResolvers<void>
}

/** What the requests of this isolate want of one meter. */
interface Queue {
  waiting: Waiting[]
  isSending: boolean
}

/** By the name of the meter. A queue exists while a request waits in it. */
const queues = new Map<string, Queue>()

/**
 * Asks a meter for one reservation. While a call to that meter is on its way, the reservations of the isolate gather, and the
 * next call takes all of them: a call costs far more than the decision it carries. The meter still decides one by one, in
 * order. Where no call is on its way, the reservation goes at once.
 *
 * A call belongs to a request that waits for it, and outlives its caller (`keepAlive`).
 *
 * @param takesBack whether a reservation that was granted too late is released, since its request was refused.
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
  // A verdict that comes after the deadline may be a failure, which no longer matters.
  own.verdict.promise.catch(() => undefined)
  queue.waiting.push(own)
  if (queue.isSending) void own.turn.promise.then(sendQueue)
  else sendQueue()
  try {
    return await inTime(own.verdict.promise, sendQueue)
  } catch (cause) {
    queue.waiting = queue.waiting.filter((each) => each !== own)
    if (takesBack) context.keepAlive(takeBack(context, meter, own))
    throw cause
  }
}

/** Sends what waits, and hands the queue over to the first request that came in the meantime. */
async function send(context: MeterContext, meter: string, queue: Queue): Promise<void> {
  const batch = queue.waiting.splice(0, MAX_RESERVATIONS_A_CALL)
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

/** A meter that hangs is as broken as one that throws. */
async function inTime(verdict: Promise<Verdict>, sendQueue: () => void): Promise<Verdict> {
  const late = Promise.withResolvers<never>()
  let timer = setTimeout(() => {
    sendQueue()
    timer = setTimeout(() => {
      late.reject(new Error('The meter did not answer in time.'))
    }, METER_DEADLINE_MS - ORPHANED_MS)
  }, ORPHANED_MS)
  try {
    return await Promise.race([verdict, late.promise])
  } finally {
    clearTimeout(timer)
  }
}

/** A meter that was too slow, or whose answer was lost, may have granted what was then refused to the caller. */
async function takeBack(context: MeterContext, meter: string, { request, verdict }: Waiting): Promise<void> {
  const unknown = scheduler.wait(LATE_VERDICT_MS)
  const decided = await Promise.race([verdict.promise.catch(() => undefined), unknown])
  if (decided?.allowed === false) return
  if (!decided) await scheduler.wait(METER_RETRY_AFTER_SECONDS * 1000)
  try {
    await context.meters.getByName(meter).release([request.reservation.id])
  } catch {
    // The reservation then expires by itself.
  }
}
