/**
 * Attacks the gateway with what its own OpenAPI document allows and forbids: `npm run test:openapi [-- examples per operation]`.
 * Schemathesis generates the requests. It is a Python program, which a virtual environment brings; if it cannot be installed
 * the check is skipped.
 */
import { execFile, spawnSync } from 'node:child_process'
import { randomUUID } from 'node:crypto'
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { buildConsole, CONSOLE_DIRECTORY } from '../../scripts/build-console.ts'
import { bundle } from '../../scripts/bundle.ts'
import { startEmulator, startGateway } from '../../scripts/workers.ts'

const SCHEMATHESIS = 'schemathesis==4.32.5'
const INSTALL_MS = 120_000

/** Requests for each operation, besides the example of the document. */
const EXAMPLES = Number(process.argv[2] ?? 5)

/** One run; there are two. */
const RUN_MS = 240_000
const MAX_OUTPUT = 64 * 1024 * 1024

/** What an answer must be, whatever the request was. */
const CHECKS = [
  'not_a_server_error',
  'status_code_conformance',
  'content_type_conformance',
  'response_schema_conformance',
]

/** The same requests each time, so that a failure can be looked at. */
const SEED = '20261128'

process.chdir(join(import.meta.dirname, '..', '..'))
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))
const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-openapi-'))
const program = install()
if (program === undefined) {
  console.log(`Skipped. ${SCHEMATHESIS} cannot be installed here; it needs python3 with venv and pip.`)
  await rm(directory, { recursive: true, force: true })
  process.exit(0)
}
const [gatewayModule, emulatorModule] = await Promise.all([
  bundle('src/index.ts', join(directory, 'gateway')),
  bundle('emulator/index.ts', join(directory, 'emulator')),
  buildConsole(),
])
const adminToken = randomUUID()
const emulator = await startEmulator(emulatorModule, 0)
const gateway = await startGateway(gatewayModule, {
  port: 0,
  variables: {
    DASHSCOPE_API_KEY: `sk-${randomUUID()}`,
    DASHSCOPE_BASE_URL: emulator.address,
    ADMIN_TOKEN: adminToken,
  },
})
const isOwnFine = await attack(program, adminToken, '^/edge/')
// Made afterwards: the first run lists keys and deletes some of them.
const isForwardedFine = await attack(program, await issueKey(), '^/(?!edge/)')
await gateway.stop()
await emulator.stop()
await rm(directory, { recursive: true, force: true })
process.exit(isOwnFine && isForwardedFine ? 0 : 1)

async function issueKey(): Promise<string> {
  const issued = await fetch(`${gateway.address}/edge/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${adminToken}`, 'content-type': 'application/json' },
    body: '{"name":"attacked"}',
  })
  return ((await issued.json()) as { key: string }).key
}

/** @returns the program; undefined if it cannot be installed. */
function install(): string | undefined {
  const known = process.env.SCHEMATHESIS
  if (known) return known
  const environment = join(directory, 'venv')
  const options = { timeout: INSTALL_MS, stdio: 'ignore' } as const
  if (spawnSync('python3', ['-m', 'venv', environment], options).status !== 0) return undefined
  const pip = spawnSync(join(environment, 'bin', 'pip'), ['install', '--quiet', SCHEMATHESIS], options)
  return pip.status === 0 ? join(environment, 'bin', 'schemathesis') : undefined
}

/** Schemathesis keeps its cache where it runs. It runs in parallel with the gateway, whose log has to be read meanwhile: otherwise it would wait for its reader. */
async function attack(schemathesis: string, credential: string, paths: string): Promise<boolean> {
  const args = [
    ...['run', resolve(CONSOLE_DIRECTORY, 'openapi.json'), '--url', gateway.address],
    ...['--header', `Authorization: Bearer ${credential}`, '--include-path-regex', paths],
    // Schemathesis cannot write its body, which is no JSON.
    ...['--exclude-operation-id', 'webrtc'],
    ...['--checks', CHECKS.join(','), '--max-examples', String(EXAMPLES), '--seed', SEED],
    ...['--phases', 'examples,fuzzing', '--generation-deterministic', '--no-color'],
  ]
  try {
    const { stdout } = await promisify(execFile)(schemathesis, args, {
      cwd: directory,
      timeout: RUN_MS,
      maxBuffer: MAX_OUTPUT,
    })
    console.log(summaryOf(stdout))
    return true
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string }
    console.log(stdout + stderr || error)
    return false
  }
}

function summaryOf(output: string): string {
  return output.slice(Math.max(0, output.indexOf('= SUMMARY =')))
}
