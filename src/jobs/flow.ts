import { WorkflowEntrypoint } from 'cloudflare:workers'
import type { Env } from '../config.ts'

/** Runs the model call of one job. */
export class JobFlow extends WorkflowEntrypoint<Env> {}
