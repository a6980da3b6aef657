/**
 * Patience: DashScope may be silent for 300 seconds before the first byte of an answer and between two events, and no hop
 * hangs up meanwhile. `npm run patience` takes five minutes, all of them spent waiting; `-- --seconds N` another time.
 * Prints `N passed, N failed`.
 */
import { once } from 'node:events'
import { mkdtemp, rm } from 'node:fs/promises'
import { type IncomingMessage, request } from 'node:http'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { setTimeout as sleep } from 'node:timers/promises'
import { parseArgs } from 'node:util'
import { bundle } from '../../scripts/bundle.ts'
import { startGateway } from '../../scripts/workers.ts'
import { CHAT, chatBody, MESSAGES, messagesBody, nativeBody, SSE, TEXT } from '../harness/caller.ts'
import { type Respond, startPlainUpstream } from '../harness/plain-upstream.ts'

/** What DashScope itself allows a request (API reference, time limits). */
const DEFAULT_SECONDS = 300
const ADMIN_TOKEN = 'admin-token-of-the-patient'

const WHOLE = '{"output":{"text":"worth it"},"usage":{"input_tokens":1,"output_tokens":2},"request_id":"r"}'
const HALVES = [
  'id:1\nevent:result\ndata:{"output":{"text":"worth"}}\n\n',
  'id:2\nevent:result\ndata:{}\n\n',
] as const

interface Patient {
  name: string
  path: string
  body: unknown
  headers?: Record<string, string>
  /** Whether the first event comes at once, and the silence after it. */
  pauses?: boolean
}

const PATIENTS: readonly Patient[] = [
  { name: 'a whole answer', path: TEXT, body: nativeBody('qwen-plus', 'whole') },
  { name: 'a stream', path: TEXT, body: nativeBody('qwen-plus', 'stream'), headers: SSE },
  { name: 'a stream of chat', path: CHAT, body: chatBody('qwen-plus', 'chat', { stream: true }) },
  { name: 'a stream of messages', path: MESSAGES, body: messagesBody('qwen-plus', 'x', { stream: true }) },
  { name: 'a pause', path: TEXT, body: nativeBody('qwen-plus', 'pause'), headers: SSE, pauses: true },
]

const { values } = parseArgs({ options: { seconds: { type: 'string' } } })
const seconds = Number(values.seconds ?? DEFAULT_SECONDS)
if (!Number.isSafeInteger(seconds) || seconds < 1) throw new Error('--seconds takes a whole number from 1.')

const { log } = console
console.log = () => undefined
const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-patience-'))
const upstream = await startPlainUpstream()
const gateway = await startGateway(await bundle('src/index.ts', directory), {
  port: 0,
  variables: {
    DASHSCOPE_API_KEY: 'sk-patience',
    DASHSCOPE_BASE_URL: upstream.address,
    ADMIN_TOKEN,
    CACHE_TTL_SECONDS: '0',
  },
})
try {
  const keys = [await issueKey({}), await issueKey({ metered: false })]
  upstream.answer(respondLate)
  const begun = keys.flatMap((key, index) =>
    PATIENTS.map(async (patient) => {
      const fault = await faultOf(patient, key)
      log(`${fault ?? 'ok'}: ${patient.name}${index === 0 ? ', metered' : ''}, after ${seconds} s`)
      return fault
    }),
  )
  const faults = (await Promise.all(begun)).filter((fault) => fault !== undefined)
  log(`${begun.length - faults.length} passed, ${faults.length} failed`)
  process.exitCode = faults.length === 0 ? 0 : 1
} finally {
  await gateway.stop()
  await upstream.stop()
  await rm(directory, { recursive: true, force: true })
}

/** Says what came instead of the answer, byte for byte; undefined if that came. */
async function faultOf(
  { path, body, headers = {}, pauses = false }: Patient,
  key: string,
): Promise<string | undefined> {
  // Not with fetch, which gives up after 300 s by itself.
  const asking = request(gateway.address + path, {
    method: 'POST',
    agent: false,
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json', ...headers },
  })
  asking.end(JSON.stringify(body))
  try {
    const startMs = Date.now()
    const [response] = (await once(asking, 'response')) as [IncomingMessage]
    const headSeconds = (Date.now() - startMs) / 1000
    const received = await text(response)
    const wanted = JSON.stringify(body).includes('whole') ? WHOLE : HALVES.join('')
    if (response.statusCode !== 200 || received !== wanted)
      return `status ${response.statusCode}: ${received}`
    const isHeadLate = headSeconds > seconds / 2
    return isHeadLate === pauses ? `the head came after ${headSeconds} s` : undefined
  } catch (thrown) {
    return String(thrown)
  }
}

async function respondLate(...[response, { body }]: Parameters<Respond>): Promise<void> {
  const asked = String(body)
  if (asked.includes('whole')) {
    await sleep(1000 * seconds)
    response.writeHead(200, { 'content-type': 'application/json' }).end(WHOLE)
    return
  }
  if (!asked.includes('pause')) await sleep(1000 * seconds)
  response.writeHead(200, { 'content-type': 'text/event-stream' }).write(HALVES[0])
  if (asked.includes('pause')) await sleep(1000 * seconds)
  response.end(HALVES[1])
}

async function issueKey(fields: object): Promise<string> {
  const response = await fetch(`${gateway.address}/edge/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: JSON.stringify({ name: 'patient', ...fields }),
  })
  const { key } = (await response.json()) as { key: string }
  return key
}
