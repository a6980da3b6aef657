import { ExpectationError } from '../lib/variables.ts'
import { isOriginPattern } from './origins.ts'

/** Parses an origin, or a pattern for its subdomains. */
export function readOrigin(entry: string): string {
  if (isOriginPattern(entry)) return entry
  throw new ExpectationError(
    `holds "${entry}"; an origin looks like https://app.example or https://*.example`,
  )
}

/** Parses the domain of a Cloudflare Zero Trust team; without TLS only loopback is allowed. */
export function readTeamDomain(entry: string, position: number): string {
  const isTeam = /^(?:https:\/\/)?[\w-]+\.cloudflareaccess\.com\/?$|^http:\/\/127\.0\.0\.1:\d+$/.test(entry)
  if (isTeam && position === 0) return entry
  throw new ExpectationError(`must be the domain of one team, like team.cloudflareaccess.com`)
}

/** Parses the tag of an Access application: 64 hexadecimal digits. */
export function readAudience(entry: string): string {
  if (/^[0-9a-f]{64}$/.test(entry)) return entry
  throw new ExpectationError(
    `holds "${entry}"; the audience tag of an Access application has 64 hexadecimal digits`,
  )
}
