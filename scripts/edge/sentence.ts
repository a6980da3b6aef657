import { SWITCHES, VALUE_FLAGS } from './policy-flags.ts'
import { PARAMETERS } from './usage.ts'

/** The flags by the gateway's names of their fields. */
const FLAGS: ReadonlyMap<string, string> = new Map([
  ...[...VALUE_FLAGS, ...SWITCHES].map(({ flag, path }) => [path.join('.'), `--${flag}`] as const),
  ...Object.entries(PARAMETERS).map(([flag, parameter]) => [parameter, `--${flag}`] as const),
])

/**
 * Rewrites a message of the gateway for this tool: `limits.requests_per_minute: expected …` becomes `--rpm: expected
 * …`. Fields without a flag keep their name.
 */
export function inOwnWords(sentence: string): string {
  return sentence
    .replace(/^([a-z_.]+)(?:\[(\d+)\])?(?=: )/, (field, name: string, at?: string) => {
      const flag = FLAGS.get(name)
      if (flag === undefined) return field
      return at === undefined ? flag : `${flag} (entry ${Number(at) + 1})`
    })
    .replace('"to"', '--to')
    .replace('GET /edge/keys lists them', 'npm run edge -- keys list shows them')
}
