/** What each part has to answer GET /edge/health?deep=1: the operator is waiting, and slower parts are broken anyway. */
export const HEALTH_DEADLINE_MS = 5000

/** What one check of the deep health found. It names secrets and never shows one. */
export interface Finding {
  /** `secrets`, `variables`, `keys`, `cache`, `meter`, `dashscope`, `clock` or `origins`. */
  check: string
  /** `false`: requests fail because of it. `true` with a fix: it works, and should still be looked at. */
  ok: boolean
  /** One sentence for the operator. */
  says: string
  /** What to do. */
  fix?: string
}

/** A finding with nothing to do about it. */
export function pass(check: string, says: string): Finding {
  return { check, ok: true, says }
}

/** A finding that breaks nothing yet. */
export function warn(check: string, says: string, fix: string): Finding {
  return { check, ok: true, says, fix }
}

/** A finding that makes requests fail. */
export function fail(check: string, says: string, fix: string): Finding {
  return { check, ok: false, says, fix }
}
