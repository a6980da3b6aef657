import { execFile } from 'node:child_process'
import { writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { bundledParts } from './size.ts'

/** The fastest of this many loads counts; each takes about a tenth of a second. */
const ROUNDS = 9

/**
 * Loads a module in a fresh process and prints its CPU time in microseconds. `cloudflare:workers` is replaced, since
 * only workerd has it.
 */
const LOADER = `
import { registerHooks } from 'node:module'
const url = 'data:text/javascript,export class DurableObject {}; export class WorkflowEntrypoint {}'
registerHooks({
  resolve: (name, context, next) => name === 'cloudflare:workers' ? { url, shortCircuit: true } : next(name, context),
})
const before = process.cpuUsage()
await import(process.argv[2])
const { user, system } = process.cpuUsage(before)
console.log(user + system)
`

/**
 * The CPU time to compile and load the module with each additional part of the product, in V8 of Node.js: workerd
 * does not report it separately from its own start.
 *
 * @param directory where the bundles are written.
 * @returns lines like `   12.3 ms  + realtime`, minus the time of an empty module.
 * @throws Error with the message of Node.js if a part cannot be loaded.
 */
export async function loadByPart(directory: string): Promise<string[]> {
  const loader = join(directory, 'loader.mjs')
  await writeFile(loader, LOADER)
  const parts = [{ part: 'empty', bytes: new Uint8Array(0) }, ...(await bundledParts())]
  const files = parts.map((_, at) => join(directory, `part-${at}.mjs`))
  await Promise.all(parts.map(({ bytes }, at) => writeFile(files[at] ?? '', bytes)))
  const fastest = files.map(() => Number.POSITIVE_INFINITY)
  for (let round = 0; round < ROUNDS; round++) {
    for (const [at, file] of files.entries()) {
      const { stdout } = await promisify(execFile)(process.execPath, [loader, file])
      fastest[at] = Math.min(fastest[at] ?? 0, Number(stdout) / 1000)
    }
  }
  const [empty = 0, ...loads] = fastest
  return loads.map((ms, at) => `${(ms - empty).toFixed(1).padStart(7)} ms  ${parts[at + 1]?.part}`)
}
