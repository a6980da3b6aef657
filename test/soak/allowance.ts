import type { Row } from './verdict.ts'

/**
 * The most upstream calls that the requests of one question may cost: one for each that was not answered from the cache or
 * with another's answer, and not refused before. This is the retry table's place: nothing is asked twice today.
 */
export function allowedCalls(rows: readonly Row[]): number {
  return rows.filter(({ isShared, isOwn, plan }) => !isShared && !isOwn && reachesUpstream(plan)).length
}

/** Answers cannot come out of nothing: one that nobody shared was asked for. */
export function neededCalls(rows: readonly Row[]): number {
  return rows.filter(({ category, isShared }) => category === 'answered' && !isShared).length
}

function reachesUpstream({ site, who, refusal }: Row['plan']): boolean {
  if (refusal || site === 'dns' || site === 'tls') return false
  return !(site === 'meter-throws' && who === 'limited')
}
