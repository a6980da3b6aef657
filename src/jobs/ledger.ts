import { DurableObject } from 'cloudflare:workers'
import type { Env } from '../config.ts'

/** The jobs, deliveries and dead letters of one client key. */
export class Ledger extends DurableObject<Env> {}
