import { VARIABLES } from '../src/config.ts'
import { REGIONS } from '../src/dashscope/regions.ts'
import { REGION_VARIABLES } from '../src/dashscope/targets.ts'
import { readEnvFile } from './env-file.ts'
import { stateDirectory } from './state.ts'

/** The names of the Worker's variables and secrets. */
export const WORKER_VARIABLES = Object.keys(VARIABLES)

/** The default address: other machines must not reach a gateway by accident. */
const LOOPBACK = '127.0.0.1'

/** The port of `wrangler dev`, which developers expect. */
const DEFAULT_PORT = 8787

/** The settings of `npm start`. */
export interface Settings {
  /** The address to listen on. */
  host: string
  /** 0: a free port. */
  port: number
  /** Whether DashScope is emulated, because there is no DashScope key. */
  emulated: boolean
  /** The directory for data that survives a restart. */
  state: string
  /** The variables of {@link WORKER_VARIABLES} and of the regions that have a value. */
  variables: Record<string, string>
}

/**
 * Adds the variables in the files of the current directory to the environment. Existing variables take precedence,
 * then `.dev.vars` (like in `wrangler dev`), then `.env`.
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
 * Reads the settings of `npm start` from an environment; an empty value counts as not set. The Worker's variables are
 * only collected; the Worker validates them.
 *
 * @throws Error that names the variable and says what to do.
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
 * The variables that make the Worker call one host with one key, for every possible region and for Batch Chat.
 *
 * @param baseUrl the host's URL without a trailing slash.
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
    throw new Error(`PORT is "${text}" but must be a whole number from 0 to 65535 (0: a free port).`)
  }
  return port
}
