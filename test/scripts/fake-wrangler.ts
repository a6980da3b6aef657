/**
 * Stands in for wrangler: answers as wrangler 4.164 does, remembers in FAKE_DIRECTORY what a Worker would have, and
 * writes down each call. FAKE_FAULT names the command that fails: `whoami`, `network`, `bundle`, `deploy` or `bulk`.
 */
import { randomBytes } from 'node:crypto'
import { appendFileSync, existsSync, mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'

const { FAKE_DIRECTORY = '', FAKE_FAULT, FAKE_ADDRESS, FAKE_MODULE_BYTES } = process.env
const SECRETS = join(FAKE_DIRECTORY, 'secrets.json')
const args = process.argv.slice(2)
const command = args.includes('--dry-run') ? 'bundle' : args.slice(0, args[0] === 'secret' ? 2 : 1).join(' ')
const input = command === 'secret bulk' ? readFileSync(0, 'utf8') : ''
appendFileSync(join(FAKE_DIRECTORY, 'calls.ndjson'), `${JSON.stringify({ command, args, input })}\n`)

switch (command) {
  case 'bundle': {
    if (FAKE_FAULT === 'bundle') fail('✘ [ERROR] Could not resolve "nothing"')
    const directory = args[args.indexOf('--outdir') + 1] ?? ''
    mkdirSync(directory, { recursive: true })
    writeFileSync(join(directory, 'index.js'), randomBytes(Number(FAKE_MODULE_BYTES ?? 1000)))
    break
  }
  case 'whoami':
    if (FAKE_FAULT === 'whoami') fail('{\n  "loggedIn": false\n}')
    if (FAKE_FAULT === 'network') fail('✘ [ERROR] A request to the Cloudflare API failed.')
    console.log('{"loggedIn": true}')
    break
  case 'secret list':
    if (!existsSync(SECRETS))
      fail('✘ [ERROR] Worker "dashscope-edge" not found.\n\nIf this is a new Worker, run …')
    console.log(
      JSON.stringify(
        Object.keys(storedSecrets()).map((name) => ({ name, type: 'secret_text' })),
        undefined,
        2,
      ),
    )
    break
  case 'deploy': {
    if (FAKE_FAULT === 'deploy') fail('✘ [ERROR] You need to register a workers.dev subdomain')
    if (!existsSync(SECRETS)) writeFileSync(SECRETS, '{}')
    const entries = [
      { type: 'wrangler-session', version: 1 },
      { type: 'deploy', version: 1, targets: FAKE_ADDRESS ? [FAKE_ADDRESS] : ['example.com/*'] },
    ]
    writeFileSync(
      process.env.WRANGLER_OUTPUT_FILE_PATH ?? '',
      entries.map((entry) => `${JSON.stringify(entry)}\n`).join(''),
    )
    console.log('Uploaded dashscope-edge')
    break
  }
  case 'secret bulk':
    if (FAKE_FAULT === 'bulk') fail('✘ [ERROR] The secrets could not be stored.')
    writeFileSync(SECRETS, JSON.stringify({ ...storedSecrets(), ...JSON.parse(input) }))
    break
  default:
    fail(`✘ [ERROR] Unknown command: ${args.join(' ')}`)
}

function storedSecrets(): Record<string, string> {
  return JSON.parse(readFileSync(SECRETS, 'utf8'))
}

function fail(message: string): never {
  console.error(message)
  process.exit(1)
}
