/**
 * From `npm ci` to the first streamed answer, as a newcomer gets there: `npm run test:first-run`. Copies the tracked files to
 * an empty folder, installs and starts them, opens the printed link in Chromium and sends a message. Prints the seconds of
 * each part and `N passed, N failed`; fails over a minute. `-- --cold` begins without npm's cache.
 */
import assert from 'node:assert/strict'
import { type ChildProcess, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync } from 'node:fs'
import { cp, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { chromium, type Page } from 'playwright-core'
import { missingChromium } from '../browser/chromium.ts'
import { LONG_QUESTION, send } from '../console/playground.ts'
import { CHROMIUM, FLAGS } from '../console/stage.ts'
import { newcomersEnvironment } from './newcomer.ts'

const MOST_SECONDS = 60

/** When it is given up, so that the seconds of a slow machine are still printed. */
const PATIENCE_MS = 240_000

const root = join(import.meta.dirname, '..', '..')
const started: ChildProcess[] = []
// What was started in a folder that is removed has to end with this process.
process.once('exit', () => {
  for (const child of started) child.kill('SIGTERM')
})
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1))

const missing = missingChromium(process.env.CI === 'true')
if (missing !== undefined) {
  console.log(`Skipped. ${missing}`)
  console.log('0 passed, 0 failed')
  process.exit(0)
}

const folder = await mkdtemp(join(tmpdir(), 'dashscope-edge-newcomer-'))
const checkout = join(folder, 'dashscope-edge')
await copyTracked(checkout)
const environment = {
  ...newcomersEnvironment(process.env),
  ...(process.argv.includes('--cold') && { npm_config_cache: join(folder, 'npm') }),
}
// A newcomer has a browser open.
const browser = await chromium.launch({ executablePath: CHROMIUM, args: FLAGS })
const page = await browser.newPage()
page.setDefaultTimeout(PATIENCE_MS)

const begunMs = Date.now()
let failed = 0
try {
  await timed('npm ci', () => npm('ci'))
  const link = await timed('npm start', startAndFindLink)
  await timed('the link opens', () => openPlayground(page, link))
  await timed('the first text', () => firstText(page))
  const seconds = secondsSince(begunMs)
  console.log(`${'in all'.padEnd(16)} ${seconds.toFixed(1)} s`)
  assert.ok(seconds <= MOST_SECONDS, `It took longer than ${MOST_SECONDS} s.`)
} catch (error) {
  failed = 1
  console.log(`failed  ${error instanceof Error ? error.message : error}`)
}
await browser.close()
for (const child of started) {
  child.kill('SIGTERM')
  if (child.exitCode === null) await once(child, 'exit')
}
await rm(folder, { recursive: true, force: true })
console.log(`${1 - failed} passed, ${failed} failed`)
process.exit(failed)

/** The files that a clone has, as they are now. */
async function copyTracked(to: string): Promise<void> {
  const listed = execFileSync('git', ['ls-files', '-z'], { cwd: root, encoding: 'utf8' })
  for (const file of listed.split('\0')) {
    if (file !== '' && existsSync(join(root, file))) await cp(join(root, file), join(to, file))
  }
}

async function timed<Result>(what: string, work: () => Promise<Result>): Promise<Result> {
  const fromMs = Date.now()
  const result = await work()
  console.log(`${what.padEnd(16)} ${secondsSince(fromMs).toFixed(1)} s`)
  return result
}

function secondsSince(fromMs: number): number {
  return (Date.now() - fromMs) / 1000
}

function spawnNpm(...words: string[]): ChildProcess {
  const child = spawn('npm', words, { cwd: checkout, env: environment, stdio: ['ignore', 'pipe', 'pipe'] })
  started.push(child)
  return child
}

async function npm(...words: string[]): Promise<void> {
  const child = spawnNpm(...words)
  const printed = collect(child)
  const [code] = await once(child, 'close')
  if (code !== 0) throw new Error(`npm ${words.join(' ')} ended with ${code}: ${printed()}`)
}

/** The first link of the greeting. */
async function startAndFindLink(): Promise<string> {
  const child = spawnNpm('start')
  const printed = collect(child)
  const giveUp = AbortSignal.timeout(PATIENCE_MS)
  for (;;) {
    const [link] = /http\S+\/console\/#\/play\S+/.exec(printed()) ?? []
    if (link) return link
    if (child.exitCode !== null) throw new Error(`npm start ended with ${child.exitCode}: ${printed()}`)
    await Promise.race([once(child.stdout ?? child, 'data', { signal: giveUp }), once(child, 'exit')])
  }
}

function collect({ stdout, stderr }: ChildProcess): () => string {
  let printed = ''
  for (const stream of [stdout, stderr]) {
    stream?.setEncoding('utf8').on('data', (text: string) => {
      printed += text
    })
  }
  return () => printed
}

async function openPlayground(page: Page, link: string): Promise<void> {
  await page.goto(link)
  await page.locator('.composer textarea').waitFor()
}

async function firstText(page: Page): Promise<void> {
  await send(page, LONG_QUESTION)
  await page.locator('.turn:last-child .from-model .markdown', { hasText: /\S/ }).waitFor()
  assert.equal(await page.locator('.turn:last-child .figures').count(), 0, 'The answer came all at once.')
}
