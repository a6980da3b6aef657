import { execFile } from 'node:child_process'
import { mkdtemp, readFile, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { writeFigures } from '../tools/bench/write-docs.ts'
import { loadByPart } from './load-by-part.ts'
import { activeMs, type CpuProfile, requireFast } from './startup.ts'
import { WRANGLER } from './wrangler.ts'

/** Each takes about two seconds. */
const STARTS = 3

const START_TIMEOUT_MS = 60_000

process.chdir(join(import.meta.dirname, '..'))
const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
try {
  const byPart = `CPU time to load the module, with each further part:\n${(await loadByPart(directory)).join('\n')}`
  console.log(`${byPart}\n`)
  const starts: number[] = []
  for (let start = 0; start < STARTS; start += 1) starts.push(activeMs(await profileStart()))
  const whole = requireFast(starts)
  console.log(whole)
  if (process.argv.includes('--write'))
    writeFigures('startup', [byPart, '', whole].join('\n'), 'npm run startup')
} catch (error) {
  console.error(error instanceof Error ? error.message : error)
  process.exitCode = 1
} finally {
  await rm(directory, { recursive: true, force: true })
}

/**
 * `wrangler check startup` bundles as `wrangler deploy` does, starts the module in workerd on this machine, and
 * writes a profile of its start; it needs no network.
 *
 * @throws Error with wrangler's output.
 */
async function profileStart(): Promise<CpuProfile> {
  const file = join(directory, 'start.cpuprofile')
  const env = { ...process.env, DO_NOT_TRACK: '1', WRANGLER_HIDE_BANNER: 'true' }
  await promisify(execFile)(process.execPath, [WRANGLER, 'check', 'startup', '--outfile', file], {
    env,
    timeout: START_TIMEOUT_MS,
  })
  return JSON.parse(await readFile(file, 'utf8')) as CpuProfile
}
