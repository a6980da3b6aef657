import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { askSecret } from './ask-secret.ts'
import { bundle } from './bundle.ts'
import { deploy } from './deploy/deploy.ts'
import { runWrangler } from './wrangler.ts'

process.chdir(join(import.meta.dirname, '..'))
try {
  await deploy(process.argv.slice(2), {
    config: 'wrangler.toml',
    environment: process.env,
    wrangler: runWrangler,
    bundle: (directory) => bundle('src/index.ts', directory),
    askSecret,
    print: (text) => console.log(text),
    pause: () => setTimeout(1000),
  })
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
}
