/**
 * The time limit of each check of GET /edge/health?deep=1: the operator is waiting, and slower parts count as broken.
 */
export const HEALTH_DEADLINE_MS = 5000

/** The result of one check of the deep health. It names secrets but never contains their values. */
export interface Finding {
  /** `secrets`, `variables`, `keys`, `cache`, `meter`, `dashscope`, `clock` or `origins`. */
  check: string
  /** `false`: requests fail because of it. `true` with a fix: it works, but should be fixed. */
  ok: boolean
  /** One sentence for the operator. */
  says: string
  /** What the operator should do. */
  fix?: string
}

/** A finding that needs no action. */
export function pass(check: string, says: string): Finding {
  return { check, ok: true, says }
}

/** A finding that causes no failures yet. */
export function warn(check: string, says: string, fix: string): Finding {
  return { check, ok: true, says, fix }
}

/** A finding that makes requests fail. */
export function fail(check: string, says: string, fix: string): Finding {
  return { check, ok: false, says, fix }
}
