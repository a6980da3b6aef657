import { ExpectationError } from '../lib/variables.ts'
import { isOriginPattern } from './origins.ts'

/** An origin, or a pattern for the subdomains of one. */
export function readOrigin(entry: string): string {
  if (isOriginPattern(entry)) return entry
  throw new ExpectationError(
    `holds "${entry}"; an origin looks like https://app.example or https://*.example`,
  )
}

/** The domain of a Cloudflare Zero Trust team; only this very machine may be asked without TLS. */
export function readTeamDomain(entry: string, position: number): string {
  const isTeam = /^(?:https:\/\/)?[\w-]+\.cloudflareaccess\.com\/?$|^http:\/\/127\.0\.0\.1:\d+$/.test(entry)
  if (isTeam && position === 0) return entry
  throw new ExpectationError(`must be the one domain of a team, like team.cloudflareaccess.com`)
}

/** The tag of an Access application: 64 hexadecimal digits. */
export function readAudience(entry: string): string {
  if (/^[0-9a-f]{64}$/.test(entry)) return entry
  throw new ExpectationError(
    `holds "${entry}"; the audience tag of an Access application has 64 hexadecimal digits`,
  )
}
