import { join } from 'node:path'
import { run } from './edge/run.ts'
import { loadEnvFiles } from './settings.ts'

process.chdir(join(import.meta.dirname, '..'))
try {
  loadEnvFiles()
  process.exitCode = await run(process.argv.slice(2), process.env)
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
