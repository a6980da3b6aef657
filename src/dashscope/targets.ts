import { misconfigured } from '../errors.ts'
import { isRegion, namedRegionOf, REGIONS, type Region, regionOf, sharedHostOf } from './regions.ts'

/** Enough for six regions with a few accounts each; every request may have to examine all targets. */
const MAX_TARGETS = 30

/** A region and one key, and so one account of that region. */
export interface Target {
  /** The name in logs, in /edge/health and in ownership records: `beijing`, and `beijing/2` for its second key. */
  id: string
  region: Region
  /** Host root without a trailing slash: `https://dashscope.aliyuncs.com`. */
  baseUrl: string
  apiKey: string
  /** The name of the key for the operator: its variable, and its position if the variable holds several keys. */
  keyName: string
}

/** In the order of REGIONS, and within a region in the order of its keys. */
export type Targets = readonly [Target, ...Target[]]

/** The variables of additional regions: `DASHSCOPE_API_KEY_SINGAPORE`, `DASHSCOPE_BASE_URL_SINGAPORE`. */
export type RegionVariables = Partial<
  Record<`DASHSCOPE_${'API_KEY' | 'BASE_URL'}_${Uppercase<Region>}`, string>
>

/** The names of all of them. */
export const REGION_VARIABLES: readonly string[] = REGIONS.flatMap((region) => [
  `DASHSCOPE_API_KEY_${region.toUpperCase()}`,
  `DASHSCOPE_BASE_URL_${region.toUpperCase()}`,
])

type Variables = RegionVariables & {
  REGIONS?: string
  DASHSCOPE_API_KEY?: string
  DASHSCOPE_BASE_URL?: string
}

/**
 * The targets that the gateway is configured with.
 *
 * @throws GatewayError `internal` that names the variable and its required format.
 */
export function readTargets(env: Variables): Targets {
  const first = hostRoot(env.DASHSCOPE_BASE_URL, 'DASHSCOPE_BASE_URL')
  const regions = readRegions(env.REGIONS)
  if (regions.length === 0) regions.push(first ? regionOf(first) : 'beijing')
  const targets = regions.flatMap((region, position) => {
    const name = (short: 'DASHSCOPE_BASE_URL' | 'DASHSCOPE_API_KEY') =>
      nameOf(env, short, region, position === 0)
    return targetsIn(region, env, name('DASHSCOPE_BASE_URL'), name('DASHSCOPE_API_KEY'))
  })
  const all = targets.length <= MAX_TARGETS ? some(targets) : undefined
  if (!all) throw misconfigured('REGIONS', `and their keys make more than ${MAX_TARGETS} targets`)
  return all
}

/**
 * The first region uses the short variable names, or the same names as other regions if the short ones are not set.
 */
function nameOf(
  env: Variables,
  short: 'DASHSCOPE_BASE_URL' | 'DASHSCOPE_API_KEY',
  region: Region,
  isFirst: boolean,
): keyof Variables {
  const long = `${short}_${region.toUpperCase() as Uppercase<Region>}` as const
  return isFirst && (env[short]?.trim() || !env[long]?.trim()) ? short : long
}

/** Narrows a list of targets to a non-empty one; undefined if it is empty. */
export function some([first, ...others]: readonly Target[]): Targets | undefined {
  return first && [first, ...others]
}

/**
 * The targets for a home: the account itself or, if its key was removed, the other accounts of its region.
 *
 * @param home a target's id; empty for objects created before homes were recorded, which belong to the first target.
 */
export function targetsAt(targets: Targets, home: string): Targets | undefined {
  if (home === '') return [targets[0]]
  const [region] = home.split('/')
  return (
    some(targets.filter(({ id }) => id === home)) ??
    some(targets.filter((target) => target.region === region))
  )
}

function readRegions(value: string | undefined): Region[] {
  const names = listOf(value).map((name) => name.toLowerCase())
  return names.map((name, position) => {
    if (!isRegion(name))
      throw misconfigured('REGIONS', `holds "${name}"; a region is one of ${REGIONS.join(', ')}`)
    if (names.indexOf(name) < position) throw misconfigured('REGIONS', `names ${name} twice`)
    return name
  })
}

function targetsIn(
  region: Region,
  env: Variables,
  hostName: keyof Variables,
  keyName: keyof Variables,
): Target[] {
  const baseUrl = hostRoot(env[hostName], hostName) ?? sharedHostOf(region)
  if (!baseUrl)
    throw misconfigured(hostName, `is missing: ${region} has no shared host, only workspace hosts`)
  const named = namedRegionOf(baseUrl)
  if (named !== undefined && named !== region) {
    throw misconfigured(hostName, `is a host of ${named}, but REGIONS assigns ${region} to it`)
  }
  const keys = listOf(env[keyName])
  if (keys.length === 0)
    throw misconfigured(
      keyName,
      `is missing; set it with "npx wrangler secret put ${keyName}" (or in .env for npm start)`,
    )
  return keys.map((apiKey, at) => ({
    id: at === 0 ? region : `${region}/${at + 1}`,
    region,
    baseUrl,
    apiKey,
    keyName: keys.length === 1 ? keyName : `${keyName} (key ${at + 1})`,
  }))
}

function hostRoot(value: string | undefined, name: string): string | undefined {
  const text = value?.trim()
  if (!text) return undefined
  const url = URL.canParse(text) ? new URL(text) : undefined
  const isHostRoot =
    url && /^https?:$/.test(url.protocol) && url.pathname === '/' && !url.search && !url.username
  if (!isHostRoot) {
    throw misconfigured(
      name,
      `must be the root URL of a host, like ${sharedHostOf('beijing')}, without a path`,
    )
  }
  return url.origin
}

/**
 * Removes all white space: regions and keys have none, and a key with a line break could not be sent (RFC 9110
 * section 5.5).
 */
function listOf(value: string | undefined): string[] {
  return (value ?? '').split(/[\s,]+/).filter(Boolean)
}
