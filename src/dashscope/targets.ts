import { GatewayError } from '../errors.ts'
import { isRegion, namedRegionOf, REGIONS, type Region, regionOf, sharedHostOf } from './regions.ts'

/** Six regions with a few accounts each; every request may have to look at all of them. */
const MAX_TARGETS = 30

/** One place to ask: a region with one key, which stands for one account there. */
export interface Target {
  /** What logs, the health and the record of tasks and files call it: `beijing`, and `beijing/2` for its second key. */
  id: string
  region: Region
  /** Host root without a trailing slash: `https://dashscope.aliyuncs.com`. */
  baseUrl: string
  apiKey: string
  /** What an operator knows the key by: its variable, with its place if that holds several. */
  keyName: string
}

/** In the order of REGIONS, and within a region of its keys. */
export type Targets = readonly [Target, ...Target[]]

/** The variables of further regions: `DASHSCOPE_API_KEY_SINGAPORE`, `DASHSCOPE_BASE_URL_SINGAPORE`. */
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
 * Where the gateway may ask.
 *
 * @throws GatewayError `internal` that names the variable and what it must look like.
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
  if (!all) throw misconfigured('REGIONS', `and their keys make more than ${MAX_TARGETS} places to ask`)
  return all
}

/** The first region's host and key have the short names; where those are not set, it is named like the others. */
function nameOf(
  env: Variables,
  short: 'DASHSCOPE_BASE_URL' | 'DASHSCOPE_API_KEY',
  region: Region,
  isFirst: boolean,
): keyof Variables {
  const long = `${short}_${region.toUpperCase() as Uppercase<Region>}` as const
  return isFirst && (env[short]?.trim() || !env[long]?.trim()) ? short : long
}

/** A list of targets that has one at least; undefined if it has none. */
export function some([first, ...others]: readonly Target[]): Targets | undefined {
  return first && [first, ...others]
}

/**
 * The targets of a home: the very account, or, if its key is not there any more, what is left in its region.
 *
 * @param home a target's id; empty for what was made before homes were recorded, which is with the first target.
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
    throw misconfigured(hostName, `is missing: ${region} has no shared host, only those of workspaces`)
  const named = namedRegionOf(baseUrl)
  if (named !== undefined && named !== region) {
    throw misconfigured(hostName, `is a host of ${named}, but REGIONS puts ${region} there`)
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
    throw misconfigured(name, `must be a host root like ${sharedHostOf('beijing')}, without a path`)
  }
  return url.origin
}

/** Neither a region nor a key has white space in it; a key with a line break could not be sent (RFC 9110 section 5.5). */
function listOf(value: string | undefined): string[] {
  return (value ?? '').split(/[\s,]+/).filter(Boolean)
}

function misconfigured(name: string, expectation: string): GatewayError {
  return new GatewayError('internal', `The gateway is not set up: ${name} ${expectation}.`)
}
