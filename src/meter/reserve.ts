import { GatewayError } from '../errors.ts'
import type { Principal } from '../policy/key-record.ts'
import type { Riders } from './batch.ts'
import type { Reservation, Settlement, Subject, TokenBudget, Verdict } from './metering.ts'
import { METER_RETRY_AFTER_SECONDS } from './metering.ts'
import type { Meters } from './meters.ts'

/** A meter answers in milliseconds, from the other side of the earth in half a second; what takes longer is broken. */
export const METER_DEADLINE_MS = 3000

/** What a caller's policy has the meters check; empty lists mean that no meter is asked. */
interface Part {
  meter: string
  /** Within METER_DEADLINE_MS; what brought no verdict until then goes to `whenFailed`. */
  ask: (meter: ReturnType<Meters['getByName']>, whenFailed: WhenFailed) => Promise<Verdict>
}

type WhenFailed = (asking: Promise<Verdict>) => void

/** What a reservation has to do with other requests and with the time after its own. */
export interface Surroundings {
  /** Settlements that the meter of the key is to be told first. */
  takeRiders: () => Riders
  /** `ctx.waitUntil`: what a meter grants too late is taken back. */
  keepAlive: (work: Promise<unknown>) => void
}

/** The name of a meter's object. A key's id holds no slash, so no user can be named into another key's object. */
export function meterName({ keyId, user }: Subject): string {
  return user === undefined ? keyId : `${keyId}/${user}`
}

/** Whether a caller's requests have to be reserved before they go upstream. */
export function hasLimits(principal: Principal): boolean {
  return partsOf(principal, { id: '', nowMs: 0, tokens: 0, money: 0, expiresMs: 0 }).length > 0
}

/**
 * Asks the meters whether a request may go upstream: that of the key, that of its end user, both at the same moment.
 * Where one of them refuses, the other takes its reservation back. No limit is ever passed so; in the moment between, a
 * request of another user may be refused for a place that comes free again, which is the price of one round trip.
 *
 * @param onFailure what a meter that does not answer means (LIMITS_FAIL).
 * @returns a refusal if there is one, with the states of all limits; allowed without a question where there are none.
 * @throws GatewayError `unavailable` with `Retry-After` where a meter does not answer and `onFailure` is `refuse`.
 */
export async function reserve(
  meters: Meters,
  principal: Principal,
  asked: Reservation,
  onFailure: 'refuse' | 'allow',
  { takeRiders, keepAlive }: Surroundings = ALONE,
): Promise<Verdict> {
  const parts = partsOf(principal, asked, takeRiders)
  const answers = await Promise.allSettled(
    parts.map(async ({ meter, ask }) =>
      ask(meters.getByName(meter), (asking) => {
        if (onFailure === 'refuse')
          keepAlive(takeBack(asking, () => meters.getByName(meter).release(asked.id)))
      }),
    ),
  )
  const verdicts = answers.map((answer) => (answer.status === 'fulfilled' ? answer.value : undefined))
  const failed = onFailure === 'refuse' && answers.find((answer) => answer.status === 'rejected')
  const refusals = verdicts.filter((verdict) => verdict !== undefined && !verdict.allowed)
  if (failed || refusals.length > 0) {
    const granted = parts.filter((_, index) => verdicts[index]?.allowed)
    await Promise.allSettled(granted.map(async ({ meter }) => meters.getByName(meter).release(asked.id)))
  }
  if (failed) throw unavailable(failed.reason)
  const states = verdicts.flatMap((verdict) => verdict?.states ?? [])
  const [longest] = refusals.toSorted((one, other) => waitOf(other) - waitOf(one))
  return longest ? { ...longest, states } : { allowed: true, states }
}

/**
 * Settles a request that has ended, in the meter of the key (which also records the usage) and, where its end user has
 * limits, in that of the user. Belongs after the answer; what it throws is for the log.
 */
export async function settle(meters: Meters, principal: Principal, settlement: Settlement): Promise<void> {
  const { keyId, policy, user } = principal
  const settled: Promise<void>[] = [meters.getByName(keyId).settle(settlement)]
  if (user !== undefined && policy.user_limits) {
    settled.push(meters.getByName(meterName({ keyId, user })).settleUser(settlement))
  }
  await Promise.all(settled)
}

/** Takes back the reservation of a request that was not sent upstream after all. */
export async function release(meters: Meters, principal: Principal, id: string): Promise<void> {
  const parts = partsOf(principal, { id, nowMs: 0, tokens: 0, money: 0, expiresMs: 0 })
  await Promise.all(parts.map(({ meter }) => meters.getByName(meter).release(id)))
}

const ALONE: Surroundings = {
  takeRiders: () => ({ settlements: [], failed: () => undefined }),
  keepAlive: () => undefined,
}

/** A meter that was too slow, or whose answer was lost, may have granted: the place and the charge would stay taken by a request that was refused. */
async function takeBack(asking: Promise<Verdict>, release: () => Promise<void>): Promise<void> {
  const verdict = await asking.catch(() => undefined)
  if (verdict?.allowed === false) return
  if (!verdict) await scheduler.wait(METER_RETRY_AFTER_SECONDS * 1000)
  await release().catch(() => undefined)
}

function partsOf(
  { keyId, policy, user, token }: Principal,
  asked: Reservation,
  takeRiders = ALONE.takeRiders,
): Part[] {
  const budget: TokenBudget | undefined = token?.budget && {
    tokenId: token.id,
    expiresMs: token.expires * 1000,
    ...token.budget,
  }
  const parts: Part[] = []
  if (hasAny(policy.limits) || hasAny(token?.budget)) {
    const { limits = {} } = policy
    const ask: Part['ask'] = async (meter, whenFailed) => {
      const { settlements, failed } = takeRiders()
      try {
        return await inTime(meter.reserve(limits, budget, asked, settlements), whenFailed)
      } catch (cause) {
        failed()
        throw cause
      }
    }
    parts.push({ meter: keyId, ask })
  }
  const { user_limits } = policy
  if (user !== undefined && user_limits && hasAny(user_limits)) {
    const meter = meterName({ keyId, user })
    parts.push({
      meter,
      ask: async (each, whenFailed) => inTime(each.reserve(user_limits, undefined, asked, []), whenFailed),
    })
  }
  return parts
}

/** `{}` bounds nothing, and must not cost a round trip. */
function hasAny(bounds: object | undefined): boolean {
  return bounds !== undefined && Object.keys(bounds).length > 0
}

/** A meter that hangs is as broken as one that throws. */
async function inTime(asking: Promise<Verdict>, whenFailed: WhenFailed): Promise<Verdict> {
  const { promise: late, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new Error('The meter did not answer in time.')), METER_DEADLINE_MS)
  try {
    return await Promise.race([asking, late])
  } catch (cause) {
    whenFailed(asking)
    throw cause
  } finally {
    clearTimeout(timer)
  }
}

function waitOf(verdict: Verdict): number {
  return verdict.allowed ? 0 : verdict.retryAfterSeconds
}

function unavailable(cause: unknown): GatewayError {
  return new GatewayError('unavailable', 'The meter of this key does not answer. Try again in a moment.', {
    headers: { 'retry-after': String(METER_RETRY_AFTER_SECONDS) },
    cause,
  })
}
