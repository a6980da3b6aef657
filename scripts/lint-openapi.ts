/** Lints the OpenAPI document of the console with Redocly, run by npx because it is too large to be a dependency. */
import { spawnSync } from 'node:child_process'
import { join } from 'node:path'
import { buildConsole, CONSOLE_DIRECTORY } from './build-console.ts'

const REDOCLY = '@redocly/cli@2.77.0'
const INSTALL_MS = 60_000

process.chdir(join(import.meta.dirname, '..'))
await buildConsole()
const found = spawnSync('npx', ['--yes', REDOCLY, '--version'], { timeout: INSTALL_MS, encoding: 'utf8' })
if (found.status !== 0) {
  console.log(`Skipped. ${REDOCLY} cannot be installed here.`)
  process.exit(0)
}
const linted = spawnSync('npx', ['--yes', REDOCLY, 'lint', join(CONSOLE_DIRECTORY, 'openapi.json')], {
  encoding: 'utf8',
})
console.log(linted.status === 0 ? 'The OpenAPI document is valid.' : linted.stdout + linted.stderr)
process.exit(linted.status ?? 1)
