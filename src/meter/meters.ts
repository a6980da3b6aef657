import type { Env } from '../config.ts'
import type { Meter } from './object/meter.ts'

/** The Durable Object namespace of all meters. */
export type Meters = DurableObjectNamespace<Meter>

/** The binding with its class: `config.ts` is below this room and cannot name it. */
export function metersOf({ METER }: Pick<Env, 'METER'>): Meters {
  return METER as Meters
}
