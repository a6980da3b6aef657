import { DurableObject } from 'cloudflare:workers'
import type { Env } from '../config.ts'

/** Watches the tasks of one DashScope account. */
export class Poller extends DurableObject<Env> {}
