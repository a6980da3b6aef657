import { MAX_ATTEMPTS } from '../../src/upstream/retry-policy.ts'
import type { Row } from './verdict.ts'

/**
 * The most upstream calls that the requests of one question may cost: as many for each as the
 * retry table allows (src/upstream/retry-policy.ts), but for those answered from the cache or with another's answer, and those
 * refused before.
 */
export function allowedCalls(rows: readonly Row[]): number {
  const asking = rows.filter(({ isShared, isOwn, plan }) => !isShared && !isOwn && reachesUpstream(plan))
  return asking.length * MAX_ATTEMPTS
}

/** Answers cannot come out of nothing: a response that was not shared has its own upstream call. */
export function neededCalls(rows: readonly Row[]): number {
  return rows.filter(({ category, isShared }) => category === 'answered' && !isShared).length
}

function reachesUpstream({ site, who, refusal }: Row['plan']): boolean {
  if (refusal || site === 'dns' || site === 'tls') return false
  return !(site === 'meter-throws' && who === 'limited')
}
