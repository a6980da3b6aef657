import { unstable_readConfig } from 'wrangler'
import { type Env, readConfig, unknownVariables, VARIABLES } from '../src/config.ts'
import { readTargets } from '../src/dashscope/targets.ts'
import { GatewayError } from '../src/errors.ts'
import { variablesOfEveryRegion } from './settings.ts'
import { mostSimilar } from './unknown-variables.ts'

/** Variables or secrets by their names. */
export type Values = Record<string, string>

/** Placeholders for stored secrets, which Cloudflare does not show again. */
const STORED = variablesOfEveryRegion('https://stored.invalid', 'stored')

/**
 * Reads `[vars]` as wrangler does.
 *
 * @param config path of a `wrangler.toml`.
 * @throws Error with wrangler's own message if the file is invalid, and with another message if a value is not a
 *   string: the Worker would get a number, but reads only strings.
 */
export function readVars(config: string): Values {
  const vars = Object.entries(unstable_readConfig({ config }).vars)
  const [wrong] = vars.find(([, value]) => typeof value !== 'string') ?? []
  if (wrong) {
    throw new Error(
      `${wrong} in ${config} must be a string. Put its value between quotes. Nothing was deployed.`,
    )
  }
  return Object.fromEntries(vars.map(([name, value]) => [name, String(value)]))
}

/**
 * The secrets with the DashScope keys, one for each configured region.
 *
 * @throws Error with a message if REGIONS is invalid.
 */
export function keyNames(vars: Values): string[] {
  const targets = orNothingDeployed(() => readTargets({ ...STORED, REGIONS: vars.REGIONS ?? '' }))
  return targets.map(({ keyName }) => keyName)
}

/**
 * Validates the values that the Worker will get with the Worker's own code.
 *
 * @param present the names of the secrets that it has.
 * @param gathered the secrets that it will get.
 * @throws Error that names the variable and its required format.
 */
export function requireReadable(vars: Values, present: readonly string[], gathered: Values): void {
  const stored = Object.entries(STORED).filter(([name]) => present.includes(name))
  const values = { ...vars, ...Object.fromEntries(stored), ...gathered }
  // Wrangler creates the bindings; nothing reads them here.
  orNothingDeployed(() => readConfig(values as unknown as Env))
}

/**
 * Validates only `[vars]`, as if all secrets were stored: for dry runs.
 *
 * @throws Error as {@link requireReadable} does.
 */
export function requireReadableVars(vars: Values): void {
  requireReadable(vars, Object.keys(STORED), {})
}

/**
 * Checks where each value is stored: a misspelt variable would have no effect, a secret in `[vars]` is deployed in
 * plain text, and a name in both places makes the deployment fail half-way.
 *
 * @param present the names of the secrets that the Worker has; empty if they are not known.
 * @throws Error that names the variable and what to do.
 */
export function requirePlaces(vars: Values, present: readonly string[]): void {
  const names = Object.keys(vars)
  const [unknown] = unknownVariables(names)
  if (unknown !== undefined) {
    const meant = mostSimilar(unknown)
    const advice = meant ? `Did you mean ${meant}?` : 'docs/configuration.md lists them.'
    throw nothingDeployed(`${unknown} in [vars] is not a variable of the gateway. ${advice}`)
  }
  const secret = names.find(isSecret)
  if (secret !== undefined) {
    throw nothingDeployed(
      `${secret} is a secret, but [vars] are deployed in plain text. Remove it from wrangler.toml; npm run deploy takes it from the environment or asks for it.`,
    )
  }
  const twice = names.find((name) => present.includes(name))
  if (twice !== undefined) {
    throw nothingDeployed(
      `${twice} is in [vars] and also stored as a secret. Keep one: remove it from wrangler.toml, or run "npx wrangler secret delete ${twice}".`,
    )
  }
}

function isSecret(name: string): boolean {
  if (/^DASHSCOPE_API_KEY_/.test(name)) return true
  return Object.entries(VARIABLES).some(([known, { kind }]) => known === name && kind === 'secret')
}

function nothingDeployed(sentence: string): Error {
  return new Error(`${sentence} Nothing was deployed.`)
}

function orNothingDeployed<Result>(read: () => Result): Result {
  try {
    return read()
  } catch (error) {
    if (error instanceof GatewayError) throw nothingDeployed(error.message)
    throw error
  }
}
