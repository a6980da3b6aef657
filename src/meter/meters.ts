import type { Env } from '../config.ts'
import { REGISTRY_NAME } from '../keys/registry.ts'
import type { Calendar } from '../lib/calendar.ts'
import type { Meter } from './object/meter.ts'
import type { Registry } from './object/registry.ts'

/** The Durable Object namespace of all meters. */
export type Meters = DurableObjectNamespace<Meter>

/** Adds the class to the type of the binding: `config.ts` is in a lower layer and cannot import it. */
export function meterNamespace({ METER }: Pick<Env, 'METER'>): Meters {
  return METER as Meters
}

/** The registry of the deployment, typed with its class. */
export function registryOf({ REGISTRY }: Pick<Env, 'REGISTRY'>) {
  return (REGISTRY as DurableObjectNamespace<Registry>).getByName(REGISTRY_NAME)
}

/** The context of a request that calls a meter. */
export interface MeterContext {
  meters: Meters
  /** `ctx.waitUntil`. */
  keepAlive: (work: Promise<unknown>) => void
  /** The calendar for days and hours of usage. */
  calendar: Calendar
  /** Rows in the request log of a key (REQUEST_LOG); undefined: none. */
  logSize?: number
  /** Called with usage that could not be sent to its meter. */
  lost: (keyId: string, lost: Loss, cause: unknown) => void
}

/** Usage that will be missing in reports. */
export interface Loss {
  requests: number
  tokens: number
}
