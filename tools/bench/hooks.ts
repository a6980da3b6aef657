/**
 * Measures the response times for platforms: acknowledgements of 50 simultaneous events while DashScope hangs, and
 * the handshake of each platform as the first request after a start.
 *
 * node tools/bench/hooks.ts [rounds]
 *
 * The last column is the CPU time of workerd until the last acknowledgement, which depends least on other load. The
 * goals are 300 ms for 95 % of the acknowledgements and 200 ms for a handshake; platforms wait one to five seconds.
 */
import { randomUUID } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { mkdtemp, rm } from 'node:fs/promises'
import { loadavg, tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { githubComment, githubPing } from '../../emulator/stand-ins/events/code-hosts.ts'
import { type OutgoingEvent, sendEvent } from '../../emulator/stand-ins/events/event.ts'
import { feishuChallenge } from '../../emulator/stand-ins/events/feishu.ts'
import { slackChallenge } from '../../emulator/stand-ins/events/slack.ts'
import { wecomEcho } from '../../emulator/stand-ins/events/wecom.ts'
import { bundle } from '../../scripts/bundle.ts'
import { startEmulator, startGateway } from '../../scripts/workers.ts'
import { cpuMicroseconds } from './process.ts'

const EVENTS = 50
const ADMIN_TOKEN = 'admin-token-of-the-bench'
const FEISHU = { encrypt_key: 'key', verification_token: 'token' }
const WECOM = {
  token: 'tok',
  encoding_aes_key: 'jWmYm7qr5nMoAUwZRjGtBxmz3KA1tkAj3ykkR6q2B2C',
  corp_id: 'ww1',
}

/** The check of a new URL, by kind of hook. */
const HANDSHAKES: Readonly<Record<string, { secrets: object; event: () => OutgoingEvent }>> = {
  slack: { secrets: { signing_secret: 's' }, event: () => slackChallenge('s', 'c') },
  feishu: { secrets: FEISHU, event: () => feishuChallenge(FEISHU, 'c') },
  wecom: { secrets: WECOM, event: () => wecomEcho(WECOM, '42') },
  github: { secrets: { secret: 's' }, event: () => githubPing('s') },
}

const IDLE_CHECK_MS = 500
/** The approximate CPU time of pollers and timers in that interval. */
const IDLE_CPU_MS = 30
const MAX_IDLE_CHECKS = 60

const rounds = Number(process.argv[2] ?? 5)
const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-hooks-'))
const [gatewayModule, emulatorModule] = await Promise.all([
  bundle('src/index.ts', join(directory, 'gateway')),
  bundle('emulator/index.ts', join(directory, 'emulator')),
])
const emulator = await startEmulator(emulatorModule, 0)
const variables = {
  DASHSCOPE_API_KEY: `sk-${randomUUID()}`,
  DASHSCOPE_BASE_URL: emulator.address,
  ADMIN_TOKEN,
}
const start = () => startGateway(gatewayModule, { port: 0, variables, persist: join(directory, 'state') })
let gateway = await start()

async function post<Body>(path: string, body: unknown): Promise<Body> {
  const response = await fetch(gateway.address + path, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
  if (response.status !== 201) throw new Error(await response.text())
  return response.json() as Promise<Body>
}

/** The path of a new hook of a new key; the URL changes with every start. */
async function createHook(kind: string, secrets: object): Promise<string> {
  const { id: key } = await post<{ id: string }>('/edge/keys', { name: 'bench' })
  const { url } = await post<{ url: string }>('/edge/hooks', {
    name: kind,
    kind,
    key,
    secrets,
    // DashScope accepts the request and never responds.
    prompt: { model: 'fault-stall', user: '{{event.text}}' },
    limits: { per_minute: 6000, per_user_minute: 6000, concurrent: 6000 },
  })
  return new URL(url).pathname
}

/** Milliseconds until an event was answered with 200. */
async function timed(path: string, event: OutgoingEvent): Promise<number> {
  const startMs = performance.now()
  const response = await sendEvent(gateway.address + path, event)
  await response.text()
  if (response.status !== 200) throw new Error(`An event was answered with ${response.status}.`)
  return performance.now() - startMs
}

/** CPU time of all Workers that this process runs, in milliseconds; 0 if there is no `/proc`. */
function cpuMilliseconds(): number {
  if (process.platform !== 'linux') return 0
  const pids = readdirSync('/proc').filter((name) => /^\d+$/.test(name) && isOwnWorkerd(name))
  return pids.reduce((sum, pid) => sum + (cpuMicroseconds(Number(pid)) ?? 0), 0) / 1000
}

function isOwnWorkerd(pid: string): boolean {
  try {
    const [, command, parent] = /\((.+)\) \S (\d+)/.exec(readFileSync(`/proc/${pid}/stat`, 'utf8')) ?? []
    return command === 'workerd' && Number(parent) === process.pid
  } catch {
    // The process has ended in between.
    return false
  }
}

/** Waits until the jobs of earlier events are created and hang; otherwise their creation would be measured. */
async function untilIdle(): Promise<void> {
  for (let check = 0; check < MAX_IDLE_CHECKS; check++) {
    const before = cpuMilliseconds()
    await sleep(IDLE_CHECK_MS)
    if (cpuMilliseconds() - before <= IDLE_CPU_MS) return
  }
  throw new Error('The gateway is still busy with earlier events.')
}

function printed(milliseconds: readonly number[]): string {
  const sorted = milliseconds.toSorted((one, other) => one - other)
  const at = (share: number) => `${Math.round(sorted[Math.ceil(share * sorted.length) - 1] ?? 0)}`.padStart(5)
  return `${at(0.5)}  ${at(0.95)}  ${at(1)}`
}

try {
  console.log(`load of the machine before: ${loadavg()[0]?.toFixed(1)}`)
  console.log('first request after a start, ms')
  const paths = new Map<string, string>()
  for (const [kind, { secrets }] of Object.entries(HANDSHAKES))
    paths.set(kind, await createHook(kind, secrets))
  for (const [kind, { event }] of Object.entries(HANDSHAKES)) {
    await gateway.stop()
    gateway = await start()
    console.log(`${kind.padEnd(12)} ${Math.round(await timed(paths.get(kind) ?? '', event()))}`)
  }
  console.log(`${EVENTS} events at once, ms    p50    p95    max    CPU`)
  for (let round = 1; round <= rounds; round++) {
    const path = await createHook('github', { secret: 's' })
    const events = Array.from({ length: EVENTS }, (_, index) =>
      githubComment('s', { text: `event ${index}` }),
    )
    // Hook and key are then in memory, as for a busy chat.
    await timed(path, githubComment('s', { text: 'the first event' }))
    await untilIdle()
    const cpuBefore = cpuMilliseconds()
    const milliseconds = await Promise.all(events.map((event) => timed(path, event)))
    const cpu = `${Math.round(cpuMilliseconds() - cpuBefore)}`.padStart(5)
    console.log(`round ${round}                 ${printed(milliseconds)}  ${cpu}`)
  }
} finally {
  await gateway.stop()
  await emulator.stop()
  await rm(directory, { recursive: true, force: true })
}
