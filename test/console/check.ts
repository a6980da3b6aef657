import type { Stage } from './stage.ts'

/** One thing that must hold, and the work that shows it; it throws if it does not. */
export type Check = readonly [what: string, work: (stage: Stage) => Promise<void>]
