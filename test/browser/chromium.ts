import { execFileSync, spawn } from 'node:child_process'
import { existsSync, rmSync } from 'node:fs'
import { mkdtemp, readFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'

/** Where Debian's package puts it. */
const CHROMIUM = '/usr/bin/chromium'
/** Each of two commands; a package mirror can be slow, but more than this and something is wrong. */
const INSTALL_MS = 120_000
/** A first start with an empty profile takes some seconds on a busy machine. */
const READY_WITHIN_MS = 30_000
const LOOK_EVERY_MS = 50
const COMPLAINT_CHARACTERS = 2000

const FLAGS = [
  '--headless',
  '--no-sandbox',
  '--disable-gpu',
  '--disable-quic',
  '--disable-dev-shm-usage',
  '--no-first-run',
  '--disable-background-networking',
  '--disable-component-update',
  '--disable-sync',
  // Only this machine can be reached, whatever a page or the browser itself asks for.
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
  '--remote-debugging-port=0',
  // Pages get the microphone without a question, and may play sound without a click.
  '--use-fake-ui-for-media-stream',
  '--use-fake-device-for-media-stream',
  '--autoplay-policy=no-user-gesture-required',
]

/** A browser of its own with an empty profile. */
export interface Chromium {
  /** WebSocket address of its DevTools. */
  devtools: string
  /** Ends it with all its processes and takes its profile away. */
  stop: () => void
}

/**
 * Looks for Debian's Chromium.
 *
 * @param mayInstall whether apt-get may bring it where it is missing; that takes root.
 * @returns why it cannot be had, as a sentence; undefined if it is there.
 */
export function missingChromium(mayInstall: boolean): string | undefined {
  if (existsSync(CHROMIUM)) return undefined
  if (!mayInstall) return `There is no ${CHROMIUM}. On Debian, --install adds it.`
  if (process.getuid?.() !== 0) return `There is no ${CHROMIUM}, and only root can install it.`
  const options = {
    env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    stdio: 'ignore',
    timeout: INSTALL_MS,
  } as const
  try {
    execFileSync('apt-get', ['update', '-q'], options)
    execFileSync('apt-get', ['install', '-q', '-y', '--no-install-recommends', 'chromium'], options)
  } catch (error) {
    return `There is no ${CHROMIUM}, and apt-get could not install it: ${error instanceof Error ? error.message : error}`
  }
  return existsSync(CHROMIUM) ? undefined : `The package chromium did not bring ${CHROMIUM}.`
}

/**
 * Starts Chromium and waits until it can be driven. It ends with this process at the latest.
 *
 * @param recording the WAV file that its microphone hears, again and again.
 * @throws Error with what it printed, if it does not start.
 */
export async function startChromium(recording: string): Promise<Chromium> {
  const profile = await mkdtemp(join(tmpdir(), 'dashscope-edge-chromium-'))
  // A process group of its own: the browser is many processes, and all of them have to end.
  const child = spawn(
    CHROMIUM,
    [...FLAGS, `--use-file-for-fake-audio-capture=${recording}`, `--user-data-dir=${profile}`, 'about:blank'],
    {
      detached: true,
      env: { ...process.env, HOME: profile },
      stdio: ['ignore', 'ignore', 'pipe'],
    },
  )
  let complaint = ''
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaint = (complaint + text).slice(-COMPLAINT_CHARACTERS)
  })
  const stop = () => {
    process.off('exit', stop)
    if (child.pid !== undefined) endGroup(child.pid)
    // Processes that are just ending still write into it.
    rmSync(profile, { recursive: true, force: true, maxRetries: 10, retryDelay: LOOK_EVERY_MS })
  }
  process.on('exit', stop)
  for (let waited = 0; waited < READY_WITHIN_MS; waited += LOOK_EVERY_MS) {
    if (child.exitCode !== null) break
    const written = await readFile(join(profile, 'DevToolsActivePort'), 'utf8').catch(() => '')
    const [port, path] = written.trim().split('\n')
    if (port && path) return { devtools: `ws://127.0.0.1:${port}${path}`, stop }
    await sleep(LOOK_EVERY_MS)
  }
  stop()
  throw new Error(`Chromium did not start. It said: ${complaint}`)
}

function endGroup(id: number): void {
  try {
    process.kill(-id, 'SIGKILL')
  } catch {
    // It has ended already.
  }
}
