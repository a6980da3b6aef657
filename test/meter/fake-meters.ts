import { UTC } from '../../src/lib/calendar.ts'
import type { ReservationRequest, Settled, Verdict } from '../../src/meter/metering.ts'
import type { Loss, MeterContext } from '../../src/meter/meters.ts'
import type { UsageSum } from '../../src/meter/usage-sum.ts'

/** What meters were asked, one entry a call. */
export interface MeterCallNote {
  meter: string
  verb: 'reserve' | 'settle' | 'record' | 'release'
  /** Ids of reservations; of usage the models. */
  names: string[]
  /** Settlements that came along with a reservation. */
  along?: string[]
}

export interface FakeMeters {
  context: MeterContext
  calls: MeterCallNote[]
  /** What requests keep going after their responses. */
  kept: Promise<unknown>[]
  lost: [keyId: string, lost: Loss][]
}

/**
 * Meters that answer as a test says.
 *
 * @param answer the verdicts for a call to a meter; a rejection is a call that fails.
 */
export function fakeMeters(
  response: (meter: string, requests: ReservationRequest[]) => Promise<Verdict[]> = allowAll,
  other: (meter: string, verb: MeterCallNote['verb']) => Promise<void> = async () => undefined,
): FakeMeters {
  const calls: MeterCallNote[] = []
  const kept: Promise<unknown>[] = []
  const lost: [string, Loss][] = []
  const idsOf = (settled: Settled[]) => settled.map(({ reservation }) => reservation)
  const getByName = (meter: string) => ({
    reserve: (requests: ReservationRequest[], settled: Settled[]) => {
      const names = requests.map(({ reservation }) => reservation.id)
      calls.push({ meter, verb: 'reserve', names, ...(settled.length > 0 && { along: idsOf(settled) }) })
      return response(meter, requests)
    },
    settle: (settled: Settled[]) => {
      calls.push({ meter, verb: 'settle', names: idsOf(settled) })
      return other(meter, 'settle')
    },
    record: (sums: UsageSum[]) => {
      calls.push({ meter, verb: 'record', names: sums.map(({ model }) => model) })
      return other(meter, 'record')
    },
    release: (names: string[]) => {
      calls.push({ meter, verb: 'release', names })
      return other(meter, 'release')
    },
  })
  const context: MeterContext = {
    meters: { getByName } as unknown as MeterContext['meters'],
    keepAlive: (work) => void kept.push(work),
    calendar: UTC,
    lost: (keyId, loss) => void lost.push([keyId, loss]),
  }
  return { context, calls, kept, lost }
}

export const ALLOWED: Verdict = { allowed: true, states: [] }
export const REFUSED: Verdict = {
  allowed: false,
  kind: 'rate',
  limit: 'requests_per_minute',
  retryAfterSeconds: 9,
  states: [],
}

export async function allowAll(_: string, requests: ReservationRequest[]): Promise<Verdict[]> {
  return requests.map(() => ALLOWED)
}
