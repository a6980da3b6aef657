import { spawn } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** The script that is run as wrangler; the variable is for tests, which put another one in its place. */
export const WRANGLER = process.env.EDGE_WRANGLER || 'node_modules/wrangler/bin/wrangler.js'

interface Outcome {
  code: number
  /** What was printed, on both channels. */
  printed: string
  /** What was printed on the standard output alone. */
  answer: string
}

/**
 * Makes sure that wrangler may act for somebody, by login or by CLOUDFLARE_API_TOKEN.
 *
 * @throws Error with a sentence that says how to log in, or with what wrangler printed.
 */
export async function requireLogin(): Promise<void> {
  const { code, printed } = await run(['whoami', '--json'])
  if (code === 0) return
  if (!/"loggedIn":\s*false/.test(printed)) throw failure('whoami', printed)
  throw new Error(
    'You are not logged in to Cloudflare. Run "npx wrangler login", or set CLOUDFLARE_API_TOKEN, and try again.',
  )
}

/**
 * The names of the secrets that the deployed Worker has; none where it was never deployed.
 *
 * @throws Error with what wrangler printed.
 */
export async function listSecrets(): Promise<string[]> {
  const { code, printed, answer } = await run(['secret', 'list', '--format', 'json'])
  if (code === 0) return (JSON.parse(answer) as { name: string }[]).map(({ name }) => name)
  if (/Worker "[^"]*".* not found/.test(printed)) return []
  throw failure('secret list', printed)
}

/**
 * Stores secrets in one request. They go through the standard input, because every user of the machine can read the
 * arguments of a process.
 *
 * @throws Error with what wrangler printed.
 */
export async function storeSecrets(secrets: Record<string, string>): Promise<void> {
  const { code, printed } = await run(['secret', 'bulk'], JSON.stringify(secrets))
  if (code !== 0) throw failure('secret bulk', printed)
}

/**
 * Deploys with the terminal handed over, since wrangler may have to ask for the account or the workers.dev name.
 *
 * @returns the address of the Worker without a trailing slash; `undefined` when it has only routes with a wildcard.
 * @throws Error when wrangler failed; it has then said why itself.
 */
export async function deployWorker(): Promise<string | undefined> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  try {
    const output = join(directory, 'deploy.ndjson')
    const code = await new Promise<number>((resolve, reject) => {
      const env = { ...process.env, WRANGLER_OUTPUT_FILE_PATH: output }
      const child = spawn(process.execPath, [WRANGLER, 'deploy'], { env, stdio: 'inherit' })
      child.once('error', reject)
      child.once('close', (status) => resolve(status ?? 1))
    })
    if (code !== 0) throw new Error('"wrangler deploy" failed. Mend what it says above and run this again.')
    return addressOf(await readFile(output, 'utf8'))
  } finally {
    await rm(directory, { recursive: true, force: true })
  }
}

/**
 * Finds the address in what wrangler writes to WRANGLER_OUTPUT_FILE_PATH: one JSON object a line, of which that of type
 * `deploy` has `targets` such as `https://name.account.workers.dev`, `example.com/*` and `example.com (custom domain)`.
 */
export function addressOf(output: string): string | undefined {
  const entries = output
    .split('\n')
    .filter(Boolean)
    .map((line) => JSON.parse(line) as { type: string; targets?: string[] })
  const targets = entries.findLast(({ type }) => type === 'deploy')?.targets ?? []
  const domain = targets.map((target) => /^(\S+) \(custom domain/.exec(target)?.[1]).find(Boolean)
  if (domain) return `https://${domain}`
  return targets.find((target) => /^https?:\/\//.test(target))?.replace(/\/$/, '')
}

function run(args: string[], input = ''): Promise<Outcome> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [WRANGLER, ...args], {
      env: { ...process.env, WRANGLER_HIDE_BANNER: 'true' },
    })
    const outcome = { printed: '', answer: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      outcome.answer += text
      outcome.printed += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      outcome.printed += text
    })
    child.once('error', reject)
    child.once('close', (status) => resolve({ code: status ?? 1, ...outcome }))
    child.stdin.on('error', () => undefined)
    child.stdin.end(input)
  })
}

function failure(command: string, printed: string): Error {
  return new Error(`"wrangler ${command}" failed:\n${printed.trim()}`)
}
