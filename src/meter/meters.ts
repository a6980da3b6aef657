import type { Env } from '../config.ts'
import type { Meter } from './object/meter.ts'

/** The Durable Object namespace of all meters. */
export type Meters = DurableObjectNamespace<Meter>

/** The binding with its class: `config.ts` is below this room and cannot name it. */
export function meterNamespace({ METER }: Pick<Env, 'METER'>): Meters {
  return METER as Meters
}

/** What sending something to a meter needs of the request that does it. */
export interface MeterContext {
  meters: Meters
  /** `ctx.waitUntil` */
  keepAlive: (work: Promise<unknown>) => void
  /** Rows that the request log of a key keeps (REQUEST_LOG); absent: none. */
  logSize?: number
  /** Called with usage that its meter did not take. */
  lost: (keyId: string, lost: Loss, cause: unknown) => void
}

/** Usage that is missing in a report. */
export interface Loss {
  requests: number
  tokens: number
}
