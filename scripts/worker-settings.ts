import { unstable_readConfig } from 'wrangler'
import { type Env, readConfig } from '../src/config.ts'
import { readTargets } from '../src/dashscope/targets.ts'
import { GatewayError } from '../src/errors.ts'
import { variablesOfEveryRegion } from './settings.ts'

/** Variables or secrets by their names. */
export type Values = Record<string, string>

/** Stands for what is stored as a secret, which Cloudflare does not show again. */
const STORED = variablesOfEveryRegion('https://stored.invalid', 'stored')

/**
 * Reads `[vars]` as wrangler does.
 *
 * @param config path of a `wrangler.toml`.
 * @throws Error with wrangler's own words where the file is wrong, and with a sentence where a value is not a text: the
 *   Worker gets a number as a number, and reads texts alone.
 */
export function readVars(config: string): Values {
  const vars = Object.entries(unstable_readConfig({ config }).vars)
  const [wrong] = vars.find(([, value]) => typeof value !== 'string') ?? []
  if (wrong) {
    throw new Error(
      `${wrong} in ${config} must be a text. Put its value between quotes. Nothing was deployed.`,
    )
  }
  return Object.fromEntries(vars.map(([name, value]) => [name, String(value)]))
}

/**
 * The secrets that hold the keys of DashScope, one for each region that is asked.
 *
 * @throws Error with a sentence where REGIONS cannot be read.
 */
export function keyNames(vars: Values): string[] {
  const targets = orNothingDeployed(() => readTargets({ ...STORED, REGIONS: vars.REGIONS ?? '' }))
  return targets.map(({ keyName }) => keyName)
}

/**
 * Has the Worker's own code read what the Worker will be given.
 *
 * @param present the names of the secrets that it has.
 * @param gathered the secrets that it will get.
 * @throws Error with a sentence that names the variable and what it must look like.
 */
export function requireReadable(vars: Values, present: readonly string[], gathered: Values): void {
  const stored = Object.entries(STORED).filter(([name]) => present.includes(name))
  const values = { ...vars, ...Object.fromEntries(stored), ...gathered }
  // The bindings beside the texts are wrangler's to make, and nothing reads them here.
  orNothingDeployed(() => readConfig(values as unknown as Env))
}

function orNothingDeployed<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof GatewayError) throw new Error(`${error.message} Nothing was deployed.`)
    throw error
  }
}
