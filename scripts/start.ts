import { join } from 'node:path'
import { buildConsole } from './build-console.ts'
import { bundle } from './bundle.ts'
import { loadEnvFiles, readSettings } from './settings.ts'
import { shutdownOnSignal } from './start/shutdown.ts'
import { start } from './start/start.ts'
import { keepWorkerdOnInterrupt } from './start/workerd.ts'
import { unknownVariables } from './unknown-variables.ts'

process.chdir(join(import.meta.dirname, '..'))
const shutdown = shutdownOnSignal()
try {
  keepWorkerdOnInterrupt()
  for (const { file, names } of loadEnvFiles()) {
    for (const warning of unknownVariables(names, file)) console.error(warning)
  }
  await start(readSettings(process.env), {
    bundle,
    buildConsole: () => buildConsole(),
    print: (text) => console.log(text),
    shutdown,
  })
} catch (error) {
  if (!shutdown.signal.aborted) {
    console.error(error instanceof Error ? error.message : error)
    await shutdown.end(1)
  }
}
