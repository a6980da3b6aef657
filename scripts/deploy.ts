import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { MIN_ADMIN_TOKEN_CHARACTERS } from '../src/config.ts'
import { askSecret } from './ask-secret.ts'
import { bundle } from './bundle.ts'
import { faultsOf } from './edge/doctor.ts'
import { firstRequest, STREAM_OPTIONS } from './first-request.ts'
import { countKeys, GatewayRefusal, issueKey, makeAdminToken } from './operator.ts'
import { requireSmall } from './size.ts'
import { keyNames, readVars, requireReadable, type Values } from './worker-settings.ts'
import { deployWorker, listSecrets, requireLogin, storeSecrets } from './wrangler.ts'

/** A new workers.dev name takes up to a minute until it answers everywhere. */
const REACHABLE_WITHIN_SECONDS = 90
const LOOK_EVERY_SECONDS = 1

const STEPS = `
  1. check that you are logged in to Cloudflare, and that the Worker can read its [vars] and secrets,
  2. deploy the Worker; the first time this creates its two KV namespaces,
  3. store ADMIN_TOKEN and the key of each region as secrets where the Worker has none,
  4. issue a first client key and print a request that works.`

const HELP = `npm run deploy puts the gateway on Cloudflare. It will${STEPS}
Secrets come from the environment; a key of DashScope that is not there is asked for, an ADMIN_TOKEN made.

npm run deploy -- --dry-run only bundles and measures the module.`

const PLAN = `The module can be deployed. Without --dry-run this command would now${STEPS}`

process.chdir(join(import.meta.dirname, '..'))
try {
  await deploy(process.argv.slice(2))
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exit(1)
}

/** Everything that can fail for want of something comes before the first change to the account. */
async function deploy(args: string[]): Promise<void> {
  if (args.includes('--help') || args.includes('-h')) return console.log(HELP)
  const unknown = args.find((arg) => arg !== '--dry-run')
  if (unknown)
    throw new Error(
      `"${unknown}" means nothing here. The one option is --dry-run: npm run deploy -- --dry-run`,
    )
  const vars = readVars('wrangler.toml')
  console.log(await checkModule())
  // npm keeps a --dry-run to itself that has no -- before it; whoever typed it does not want to deploy.
  const isDry = args.length > 0 || process.env.npm_config_dry_run === 'true'
  if (isDry) return console.log(PLAN)
  await requireLogin()
  const present = await listSecrets()
  const missing = await gather(vars, present)
  requireReadable(vars, present, missing)
  const address = await deployWorker()
  if (Object.keys(missing).length > 0) await storeSecrets(missing)
  showStored(present, missing)
  if (!address)
    return console.log('It has no address of its own; call it by one of the routes in wrangler.toml.')
  const adminToken = missing.ADMIN_TOKEN ?? process.env.ADMIN_TOKEN?.trim()
  if (!adminToken) return console.log(howToIssueKeys(address))
  console.log(await welcome(address, adminToken))
  const faults = await faultsOf({ address, adminToken })
  if (faults) console.log(faults)
}

/** Wrangler bundles once more when it deploys, the same way; what was measured is thrown away. */
async function checkModule(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  try {
    return await requireSmall(await bundle('wrangler.toml', directory))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/** The secrets that the Worker lacks: from the environment, from the terminal, or made here. */
async function gather(vars: Values, present: readonly string[]): Promise<Values> {
  const missing: Values = {}
  for (const name of keyNames(vars).filter((each) => !present.includes(each))) {
    const key = process.env[name]?.trim() || (await askSecret(name))
    if (!key) throw new Error(`${name} is empty. Nothing was deployed.`)
    missing[name] = key
  }
  if (!present.includes('ADMIN_TOKEN')) {
    missing.ADMIN_TOKEN = process.env.ADMIN_TOKEN?.trim() || makeAdminToken()
    if (missing.ADMIN_TOKEN.length < MIN_ADMIN_TOKEN_CHARACTERS) {
      throw new Error(
        `ADMIN_TOKEN must have at least ${MIN_ADMIN_TOKEN_CHARACTERS} characters. Set a longer one, or unset it to have ` +
          'one made. Nothing was deployed.',
      )
    }
  }
  return missing
}

/** A token that was made here is shown now: whatever fails later, it cannot be read back from Cloudflare. */
function showStored(present: string[], missing: Record<string, string>): void {
  const stored = Object.keys(missing)
  if (stored.length > 0) console.log(`\nStored as secrets: ${stored.join(', ')}.`)
  const kept = present.filter((name) => name === 'ADMIN_TOKEN' || name.startsWith('DASHSCOPE_API_KEY'))
  if (kept.length > 0)
    console.log(`\nLeft as they are: ${kept.join(', ')}. Change one with "npx wrangler secret put NAME".`)
  if (missing.ADMIN_TOKEN && !process.env.ADMIN_TOKEN?.trim()) {
    console.log(
      `\nADMIN_TOKEN, shown this once; keep it where you keep passwords:\n\n  ${missing.ADMIN_TOKEN}`,
    )
  }
}

async function welcome(address: string, adminToken: string): Promise<string> {
  if ((await countKeysOnceReachable(address, adminToken)) > 0) return howToIssueKeys(address)
  const { key } = await issueKey(address, adminToken, 'first key')
  return `
dashscope-edge is deployed at ${address}

  Client key   ${key} (shown this once)

Try it:

${firstRequest(address, key)}

For a stream, add: ${STREAM_OPTIONS}
`
}

/** Until the new address and the new secrets have reached this place, everything but a wrong token may still pass. */
async function countKeysOnceReachable(address: string, adminToken: string): Promise<number> {
  for (let waited = 0; ; waited += LOOK_EVERY_SECONDS) {
    try {
      return await countKeys(address, adminToken)
    } catch (error) {
      if (!(error instanceof GatewayRefusal)) throw error
      if (error.status === 401 || waited >= REACHABLE_WITHIN_SECONDS) {
        throw new Error(
          `The Worker is deployed at ${address}, but no client key was issued: ${error.message}`,
        )
      }
      await setTimeout(LOOK_EVERY_SECONDS * 1000)
    }
  }
}

function howToIssueKeys(address: string): string {
  return `
dashscope-edge is deployed at ${address}

Its client keys are as they were. With ADMIN_TOKEN in the environment or in .env, issue another one by:

DASHSCOPE_EDGE_URL=${address} npm run edge -- keys create --name web
`
}
