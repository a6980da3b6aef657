import { VARIABLES } from '../src/config.ts'
import { REGIONS } from '../src/dashscope/regions.ts'
import { REGION_VARIABLES } from '../src/dashscope/targets.ts'
import { readEnvFile } from './env-file.ts'
import { stateDirectory } from './state.ts'

/** The variables and secrets of the Worker. */
export const WORKER_VARIABLES = Object.keys(VARIABLES)

/** Other machines must not reach a gateway by accident. */
const LOOPBACK = '127.0.0.1'

/** The port of `wrangler dev`, where developers look for a Worker. */
const DEFAULT_PORT = 8787

/** The settings of `npm start`. */
export interface Settings {
  /** The address to listen on. */
  host: string
  /** 0 takes a free port. */
  port: number
  /** There is no DashScope key, so DashScope is emulated. */
  emulated: boolean
  /** The directory of everything that survives a restart. */
  state: string
  /** Those of {@link WORKER_VARIABLES} and of the regions that have a value. */
  variables: Record<string, string>
}

/**
 * Adds the files in the current directory to the environment. Existing variables win, then `.dev.vars` (which
 * `wrangler dev` prefers as well), then `.env`.
 *
 * @returns the names in each file.
 */
export function loadEnvFiles(): { file: string; names: string[] }[] {
  return ['.dev.vars', '.env'].map((file) => {
    const variables = readEnvFile(file)
    for (const [name, value] of Object.entries(variables)) process.env[name] ??= value
    return { file, names: Object.keys(variables) }
  })
}

/**
 * Reads the settings of `npm start` from an environment; an empty value counts as not set. The Worker's own variables are
 * only collected: the Worker checks them itself.
 *
 * @throws Error with a sentence that names the variable and says what to do.
 */
export function readSettings(environment: Record<string, string | undefined>): Settings {
  const variables: Record<string, string> = {}
  for (const name of [...WORKER_VARIABLES, ...REGION_VARIABLES]) {
    const value = environment[name]?.trim()
    if (value) variables[name] = value
  }
  const left = Object.keys(variables).find((name) => name.startsWith('DASHSCOPE_'))
  if (left && !variables.DASHSCOPE_API_KEY) {
    throw new Error(
      `${left} is set but DASHSCOPE_API_KEY is not. Set the key of the first region too, or unset ${left} to start ` +
        'with an emulated DashScope.',
    )
  }
  return {
    host: environment.HOST?.trim() || LOOPBACK,
    port: readPort(environment.PORT),
    emulated: !variables.DASHSCOPE_API_KEY,
    state: stateDirectory(environment),
    variables,
  }
}

/**
 * The variables by which the Worker asks one host with one key, for every region that REGIONS may name and for Batch Chat.
 *
 * @param baseUrl without a trailing slash.
 */
export function variablesOfEveryRegion(baseUrl: string, apiKey: string): Record<string, string> {
  const endings = ['', ...REGIONS.map((region) => `_${region.toUpperCase()}`)]
  const ofRegions = endings.flatMap((ending) => [
    [`DASHSCOPE_BASE_URL${ending}`, baseUrl],
    [`DASHSCOPE_API_KEY${ending}`, apiKey],
  ])
  return { ...Object.fromEntries(ofRegions), DASHSCOPE_BATCH_URL: baseUrl }
}

function readPort(value: string | undefined): number {
  const text = value?.trim()
  if (!text) return DEFAULT_PORT
  const port = Number(text)
  if (!/^\d+$/.test(text) || port > 65_535) {
    throw new Error(`PORT is "${text}" but must be a whole number from 0 to 65535 (0 takes a free port).`)
  }
  return port
}
