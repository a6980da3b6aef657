import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { faultsOf } from '../edge/doctor.ts'
import { requireSmall } from '../size.ts'
import {
  readVars,
  requirePlaces,
  requireReadable,
  requireReadableVars,
  type Values,
} from '../worker-settings.ts'
import { deployWorker, listSecrets, requireLogin, storeSecrets } from '../wrangler.ts'
import { howToIssueKeys, welcome } from './first-key.ts'
import { gatherSecrets, showSecrets } from './secrets.ts'
import type { Surroundings } from './surroundings.ts'

const STEPS = `
  1. check that you are logged in to Cloudflare, and that the Worker can read its [vars] and secrets,
  2. deploy the Worker; the first time this creates its two KV namespaces,
  3. store ADMIN_TOKEN and the DashScope key of each region as secrets if the Worker lacks them,
  4. issue a first client key and print a request that works.`

const HELP = `npm run deploy deploys the gateway to Cloudflare. It will${STEPS}
Secrets come from the environment. If a DashScope key is not there, you are asked for it; a missing ADMIN_TOKEN is made.

npm run deploy -- --dry-run only bundles and measures the module, and checks the [vars].`

const PLAN = `The module can be deployed. Without --dry-run this command would now${STEPS}`

/**
 * Deploys the gateway to Cloudflare. All checks for missing settings come before the first change to the account.
 *
 * @param args the command line, without the program's name.
 * @throws Error with a message for the operator.
 */
export async function deploy(args: readonly string[], surroundings: Surroundings): Promise<void> {
  const { environment, wrangler, print } = surroundings
  if (args.includes('--help') || args.includes('-h')) return print(HELP)
  const unknown = args.find((arg) => arg !== '--dry-run')
  if (unknown) {
    throw new Error(
      `"${unknown}" is not an option. The only option is --dry-run: npm run deploy -- --dry-run`,
    )
  }
  const vars = readVars(surroundings.config)
  requirePlaces(vars, [])
  print(await measureModule(surroundings))
  // Without "--" before it, npm consumes --dry-run itself; the user still does not want to deploy.
  if (args.length > 0 || environment.npm_config_dry_run === 'true') {
    requireReadableVars(vars)
    return print(PLAN)
  }
  await requireLogin(wrangler)
  const present = await listSecrets(wrangler)
  requirePlaces(vars, present)
  const missing = await gatherSecrets(vars, present, surroundings)
  requireReadable(vars, present, missing)
  const addresses = await deployWorker(wrangler)
  const [address] = addresses
  const stored = { ...missing, ...publicUrls(addresses, vars) }
  if (Object.keys(stored).length > 0) await storeSecrets(wrangler, stored)
  showSecrets(present, missing, surroundings)
  if (stored.PUBLIC_URLS) print(`\nSession tokens work at each URL: ${addresses.join(', ')}.`)
  if (!address)
    return print('The Worker has no URL without wildcards; call it at one of the routes in wrangler.toml.')
  const adminToken = missing.ADMIN_TOKEN ?? environment.ADMIN_TOKEN?.trim()
  if (!adminToken) return print(howToIssueKeys(address))
  print(await welcome(address, adminToken, surroundings))
  const faults = await faultsOf({ address, adminToken })
  if (faults) print(faults)
}

/**
 * The gateway's own URLs, if there are several and `[vars]` does not list them; a session token works at all of them.
 * They are known only after the deployment, so they are stored as a secret, which the Worker reads like a variable.
 */
function publicUrls(addresses: readonly string[], vars: Values): Values {
  return addresses.length < 2 || vars.PUBLIC_URLS ? {} : { PUBLIC_URLS: addresses.join(',') }
}

/** Wrangler creates the same bundle again when it deploys; the measured module is deleted. */
async function measureModule({ bundle }: Surroundings): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  try {
    return await requireSmall(await bundle(directory))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}
