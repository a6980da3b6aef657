import { REGION_VARIABLES } from '../src/dashscope/targets.ts'
import { WORKER_VARIABLES } from './settings.ts'

const DEPLOYED: readonly string[] = [...WORKER_VARIABLES, ...REGION_VARIABLES]

/** Other variables that the scripts read from `.env`. */
const SCRIPT_VARIABLES = ['PORT', 'HOST', 'EDGE_STATE_DIRECTORY', 'DASHSCOPE_EDGE_URL']

/** With more differences than this, a similar name is a coincidence. */
const MAX_DIFFERENCES = 3

/**
 * Finds names that the gateway does not read, which are nearly always typos.
 *
 * @param names the names of variables in a file for the gateway.
 * @param place the file, such as `.env`.
 * @returns a sentence for each unknown name, with the name that was probably meant.
 */
export function unknownVariables(names: readonly string[], place: string): string[] {
  const known = [...DEPLOYED, ...SCRIPT_VARIABLES]
  return names
    .filter((name) => !known.includes(name))
    .map((name) => {
      const similar = mostSimilar(name, known)
      return `${name} in ${place} is not a variable of the gateway.${similar ? ` Did you mean ${similar}?` : ''}`
    })
}

/**
 * The variable that a misspelt name probably means. A name with the given one as prefix counts as similar: CACHE_TTL
 * means CACHE_TTL_SECONDS.
 *
 * @returns undefined if no name is similar.
 */
export function mostSimilar(name: string, known: readonly string[] = DEPLOYED): string | undefined {
  const longer = known.find((each) => each.startsWith(`${name}_`))
  if (longer) return longer
  const [nearest] = known
    .map((each) => ({ each, differences: differencesOf(name, each) }))
    .sort((one, other) => one.differences - other.differences)
  return nearest && nearest.differences <= MAX_DIFFERENCES ? nearest.each : undefined
}

/** Levenshtein's distance: how many letters must be inserted, removed or replaced. */
function differencesOf(one: string, other: string): number {
  let row = Array.from({ length: other.length + 1 }, (_, at) => at)
  for (const [line, letter] of [...one].entries()) {
    const next = [line + 1]
    for (const [at, wanted] of [...other].entries()) {
      const replaced = (row[at] ?? 0) + (letter === wanted ? 0 : 1)
      next.push(Math.min(replaced, (row[at + 1] ?? 0) + 1, (next[at] ?? 0) + 1))
    }
    row = next
  }
  return row.at(-1) ?? 0
}
