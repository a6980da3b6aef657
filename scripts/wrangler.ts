import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The script that runs as wrangler; tests replace it. */
export const WRANGLER = process.env.EDGE_WRANGLER || 'node_modules/wrangler/bin/wrangler.js'

export interface WranglerResult {
  code: number
  /** Everything printed to stdout and stderr; empty for a command that used the terminal. */
  printed: string
  /** Only the standard output. */
  output: string
}

export interface WranglerOptions {
  /** Sent to the standard input. */
  input?: string
  /** Gives the terminal to wrangler, so that it can ask questions. */
  terminal?: boolean
  environment?: Record<string, string>
}

/** Runs one wrangler command to its end. */
export type Wrangler = (args: readonly string[], options?: WranglerOptions) => Promise<WranglerResult>

/** Runs wrangler as a child process. */
export const runWrangler: Wrangler = (args, { input = '', terminal = false, environment = {} } = {}) =>
  new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRANGLER, ...args], {
      env: { ...process.env, ...(!terminal && { WRANGLER_HIDE_BANNER: 'true' }), ...environment },
      stdio: terminal ? 'inherit' : 'pipe',
    })
    const result = { printed: '', output: '' }
    child.stdout?.setEncoding('utf8').on('data', (text: string) => {
      result.output += text
      result.printed += text
    })
    child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      result.printed += text
    })
    child.once('error', reject)
    child.once('close', (status) => resolve({ code: status ?? 1, ...result }))
    child.stdin?.on('error', () => undefined)
    child.stdin?.end(input)
  })

/**
 * Requires that wrangler may act for an account, through a login or CLOUDFLARE_API_TOKEN.
 *
 * @throws Error with a message that says how to log in, or with the output of wrangler.
 */
export async function requireLogin(wrangler: Wrangler): Promise<void> {
  const { code, printed } = await wrangler(['whoami', '--json'])
  if (code === 0) return
  if (!/"loggedIn":\s*false/.test(printed)) throw failure('whoami', printed)
  throw new Error(
    'You are not logged in to Cloudflare. Run "npx wrangler login", or set CLOUDFLARE_API_TOKEN, and try again.',
  )
}

/**
 * The names of the secrets of the deployed Worker; empty if it was never deployed.
 *
 * @throws Error with the output of wrangler.
 */
export async function listSecrets(wrangler: Wrangler): Promise<string[]> {
  const { code, printed, output } = await wrangler(['secret', 'list', '--format', 'json'])
  if (code === 0) return (JSON.parse(output) as { name: string }[]).map(({ name }) => name)
  if (/Worker "[^"]*".* not found/.test(printed)) return []
  throw failure('secret list', printed)
}

/**
 * Stores secrets in one request. They are sent through the standard input, because every user of the machine can read
 * the arguments of a process.
 *
 * @throws Error with the output of wrangler.
 */
export async function storeSecrets(wrangler: Wrangler, secrets: Record<string, string>): Promise<void> {
  const { code, printed } = await wrangler(['secret', 'bulk'], { input: JSON.stringify(secrets) })
  if (code !== 0) throw failure('secret bulk', printed)
}

/**
 * Deploys with the terminal handed over, because wrangler may ask for the account or the workers.dev name.
 *
 * @returns the gateway's URLs, from {@link addressesOf}.
 * @throws Error if wrangler failed; wrangler has then printed the reason itself.
 */
export async function deployWorker(wrangler: Wrangler): Promise<string[]> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  try {
    const file = join(directory, 'deploy.ndjson')
    const { code } = await wrangler(['deploy'], {
      terminal: true,
      environment: { WRANGLER_OUTPUT_FILE_PATH: file },
    })
    if (code !== 0)
      throw new Error('"wrangler deploy" failed. Fix the problem shown above and run this again.')
    return addressesOf(await readFile(file, 'utf8'))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * Finds the URLs in the file that wrangler writes to WRANGLER_OUTPUT_FILE_PATH: one JSON object per line; the one of
 * type `deploy` has `targets` such as `https://name.account.workers.dev`, `example.com/*` and `example.com (custom
 * domain)`.
 *
 * @returns origins without a trailing slash, custom domains first; empty for a Worker that has only routes with
 *   wildcards.
 */
export function addressesOf(output: string): string[] {
  const entries = output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { type: string; targets?: string[] })
  const targets = entries.findLast(({ type }) => type === 'deploy')?.targets ?? []
  const domains = targets.flatMap((target) => /^(\S+) \(custom domain/.exec(target)?.[1] ?? [])
  const urls = targets.filter((target) => /^https?:\/\//.test(target))
  return [...domains.map((domain) => `https://${domain}`), ...urls.map((url) => url.replace(/\/$/, ''))]
}

function failure(command: string, printed: string): Error {
  return new Error(`"wrangler ${command}" failed:\n${printed.trim()}`)
}
