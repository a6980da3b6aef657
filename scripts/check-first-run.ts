/**
 * Does a first run, twice: `npm start`, run the printed curl command and the demo, stop. Prints `N passed, N failed`.
 * The tests start the script directly; this one uses npm, whose shell is between a signal and the gateway.
 */
import { execFile, spawn } from 'node:child_process'
import { mkdtemp, rm } from 'node:fs/promises'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout } from 'node:timers/promises'
import { promisify } from 'node:util'

/** A first start bundles two Workers, which takes most of a minute on a slow machine. */
const READY_WITHIN_SECONDS = 60
const STOPPED_WITHIN_SECONDS = 10

process.chdir(join(import.meta.dirname, '..'))
const port = await freePort()
const state = await mkdtemp(join(tmpdir(), 'dashscope-edge-state-'))
const keys: string[] = []
let passed = 0
let failed = 0

for (const turn of ['first', 'second']) {
  const gateway = startThroughNpm()
  await check(`${turn} start`, async () => {
    const begun = Date.now()
    const printed = await gateway.ready()
    keys.push(/Client key\s+(dse_\w+)/.exec(printed)?.[1] ?? '')
    console.log(`Ready in ${((Date.now() - begun) / 1000).toFixed(1)} s.`)
  })
  await check(`${turn} answer to the printed command`, async () => {
    const response = JSON.parse(await paste(gateway.printed(), /^curl .*$/m))
    if (!response.output?.choices?.[0]?.message?.content)
      throw new Error(`It was ${JSON.stringify(response)}.`)
  })
  await check(`${turn} run of the printed demo`, async () => {
    const shown = await paste(gateway.printed(), /^.*npm run edge -- hooks demo$/m)
    if (!/Job +job_/.test(shown) || !shown.includes('12*7 = 84')) throw new Error(`It printed: ${shown}`)
  })
  gateway.stop()
  await check(`${turn} stop`, stopped)
}
await check('key over the restart', async () => {
  if (!keys[0] || keys[0] !== keys[1]) throw new Error(`The keys were ${keys.join(' and ')}.`)
})
await rm(state, { recursive: true, force: true })
console.log(`${passed} passed, ${failed} failed`)
process.exit(failed > 0 ? 1 : 0)

async function check(what: string, work: () => Promise<void>): Promise<void> {
  try {
    await work()
    passed++
  } catch (error) {
    failed++
    console.error(`The ${what} failed. ${error instanceof Error ? error.message : error}`)
  }
}

function startThroughNpm() {
  const env = { ...process.env, PORT: String(port), EDGE_STATE_DIRECTORY: state }
  const child = spawn('npm', ['start'], { env, stdio: ['ignore', 'pipe', 'pipe'] })
  let printed = ''
  child.stdout.setEncoding('utf8').on('data', (text: string) => {
    printed += text
  })
  child.stderr.pipe(process.stderr)
  return {
    printed: () => printed,
    stop: () => child.kill('SIGTERM'),
    ready: async () => {
      for (let waited = 0; !printed.includes('Ctrl-C'); waited += 0.1) {
        if (child.exitCode !== null) throw new Error(`It ended with ${child.exitCode}.`)
        if (waited > READY_WITHIN_SECONDS) throw new Error(`It was not ready in ${READY_WITHIN_SECONDS} s.`)
        await setTimeout(100)
      }
      return printed
    },
  }
}

async function paste(printed: string, line: RegExp): Promise<string> {
  const command = line.exec(printed)?.[0]
  if (!command) throw new Error(`No line like ${line} was printed.`)
  return (await promisify(execFile)('bash', ['-c', command])).stdout
}

async function stopped(): Promise<void> {
  for (let waited = 0; waited < STOPPED_WITHIN_SECONDS; waited += 0.1) {
    const alive = await fetch(`http://127.0.0.1:${port}/edge/health`).catch(() => undefined)
    if (!alive) return
    await alive.body?.cancel()
    await setTimeout(100)
  }
  throw new Error(`Something still listens on port ${port}.`)
}

function freePort(): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer()
    probe.listen(0, '127.0.0.1', () => {
      const bound = probe.address()
      probe.close(() => resolve(typeof bound === 'object' && bound ? bound.port : 0))
    })
  })
}
