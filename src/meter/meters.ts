import type { Env } from '../config.ts'
import { REGISTRY_NAME } from '../keys/registry.ts'
import type { Calendar } from '../lib/calendar.ts'
import type { Meter } from './object/meter.ts'
import type { Registry } from './object/registry.ts'

/** The Durable Object namespace of all meters. */
export type Meters = DurableObjectNamespace<Meter>

/** The binding with its class: `config.ts` is below this room and cannot name it. */
export function meterNamespace({ METER }: Pick<Env, 'METER'>): Meters {
  return METER as Meters
}

/** The registry of the deployment with its class, as the rooms above this one call it. */
export function registryOf({ REGISTRY }: Pick<Env, 'REGISTRY'>) {
  return (REGISTRY as DurableObjectNamespace<Registry>).getByName(REGISTRY_NAME)
}

/** What sending something to a meter needs of the request that does it. */
export interface MeterContext {
  meters: Meters
  /** `ctx.waitUntil` */
  keepAlive: (work: Promise<unknown>) => void
  /** Days and hours of the usage. */
  calendar: Calendar
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
