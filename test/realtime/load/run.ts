import { setTimeout as sleep } from 'node:timers/promises'
import { cpuMicroseconds, memoryMebibytes } from '../../../tools/bench/process.ts'
import { openRawSocket } from '../raw-socket.ts'
import { isEvent, isTaskEvent, openSocket, runRecognition, type TestSocket } from '../socket.ts'
import { type Measured, openStage } from './stage.ts'

/** A frame of audio as SDKs send it: 100 ms of 16 kHz. */
const AUDIO_BYTES = 3200
const SOCKETS = 8
const FRAMES_PER_SOCKET = 1000
/** Below the 500 frames a second that a socket may send. */
const FRAMES_PER_TICK = 8
const TICK_MS = 20

const MAX_CPU_RATIO = 1.6
const SESSIONS = 1000
const MAX_SESSION_KILOBYTES = 60
const MAX_GROWTH = 0.1
const MAX_SLOW_READER_MEBIBYTES = 32

const INFERENCE = '/api-ws/v1/inference'
const OMNI = '/api-ws/v1/realtime?model=qwen3-omni-flash-realtime'
const APPEND = JSON.stringify({
  type: 'input_audio_buffer.append',
  audio: Buffer.alloc(AUDIO_BYTES).toString('base64'),
})

const stage = await openStage()
const results: { isMet: boolean; line: string }[] = []
await compareCpu('binary frames', startRecognition, (socket) => socket.sendBytes(new Uint8Array(AUDIO_BYTES)))
await compareCpu('text frames', startConversation, (socket) => socket.send(APPEND))
await holdSessions()
// The first one warms up.
await ignoreFlood()
const { grown, isTold } = await ignoreFlood()
judge(
  'A12, memory',
  grown <= MAX_SLOW_READER_MEBIBYTES,
  `${grown.toFixed(0)} MiB for a caller that reads nothing`,
)
judge('A12, refusal', isTold, isTold ? 'it gets the reason once it reads again' : 'it gets no reason')
await stage.stop()
for (const { line } of results) console.log(line)
process.exitCode = results.every(({ isMet }) => isMet) ? 0 : 1

function judge(name: string, isMet: boolean, text: string): void {
  results.push({ isMet, line: `${isMet ? 'passed' : 'FAILED'}  ${name}: ${text}` })
}

/** A20: CPU per frame, in turns so that other load of the machine meets both. */
async function compareCpu(
  what: string,
  start: (address: string) => Promise<TestSocket>,
  send: (socket: TestSocket) => void,
): Promise<void> {
  const ratios: number[] = []
  for (let round = 0; round < 4; round++) {
    const bare = await cpuPerFrame(stage.bare, start, send)
    const gateway = await cpuPerFrame(stage.gateway, start, send)
    // The first round warms up both.
    if (round > 0) ratios.push(gateway / bare)
  }
  const ratio = ratios.toSorted((a, b) => a - b)[1] ?? Number.NaN
  judge(`A20, ${what}`, ratio <= MAX_CPU_RATIO, `${ratio.toFixed(2)} times the CPU of a bare relay`)
}

async function cpuPerFrame(
  { address, pid }: Measured,
  start: (address: string) => Promise<TestSocket>,
  send: (socket: TestSocket) => void,
): Promise<number> {
  const sockets = await Promise.all(Array.from({ length: SOCKETS }, () => start(address)))
  const before = cpuMicroseconds(pid) ?? Number.NaN
  for (let sent = 0; sent < FRAMES_PER_SOCKET; sent += FRAMES_PER_TICK) {
    for (const socket of sockets) for (let frame = 0; frame < FRAMES_PER_TICK; frame++) send(socket)
    await sleep(TICK_MS)
  }
  await sleep(500)
  const used = (cpuMicroseconds(pid) ?? Number.NaN) - before
  for (const socket of sockets) socket.close()
  await Promise.all(sockets.map(({ closed }) => closed))
  return used / (SOCKETS * FRAMES_PER_SOCKET)
}

async function connect(address: string, path: string): Promise<TestSocket> {
  const key = address === stage.gateway.address ? await stage.issueKey() : 'sk-load'
  return openSocket(address + path, { headers: { authorization: `Bearer ${key}` } })
}

async function startRecognition(address: string): Promise<TestSocket> {
  const socket = await connect(address, INFERENCE)
  socket.send(runRecognition({ heartbeat: true }))
  await socket.until(isTaskEvent('task-started'))
  return socket
}

async function startConversation(address: string): Promise<TestSocket> {
  const socket = await connect(address, OMNI)
  await socket.until(isEvent('session.created'))
  return socket
}

/** A18: what sessions cost in memory, and whether they leave anything behind. */
async function holdSessions(): Promise<void> {
  const { address, pid } = stage.gateway
  const keys = await Promise.all(Array.from({ length: 20 }, stage.issueKey))
  const round = async (): Promise<number> => {
    const sockets: TestSocket[] = []
    for (let opened = 0; opened < SESSIONS; opened += keys.length) {
      const batch = keys.map((key) =>
        openSocket(address + OMNI, { headers: { authorization: `Bearer ${key}` } }),
      )
      sockets.push(...(await Promise.all(batch)))
    }
    await Promise.all(sockets.map((socket) => socket.until(isEvent('session.created'))))
    const resident = memoryMebibytes(pid) ?? Number.NaN
    for (const socket of sockets) socket.close()
    await Promise.all(sockets.map(({ closed }) => closed))
    await sleep(2000)
    return resident
  }
  // The first rounds warm up.
  await round()
  await round()
  const before = memoryMebibytes(pid) ?? Number.NaN
  const open = await round()
  const after = memoryMebibytes(pid) ?? Number.NaN
  const each = ((open - before) * 1024) / SESSIONS
  judge('A18, size', each <= MAX_SESSION_KILOBYTES, `${each.toFixed(0)} kB for each of ${SESSIONS} sessions`)
  const growth = after / before - 1
  judge('A18, leaks', growth <= MAX_GROWTH, `${(100 * growth).toFixed(1)} % more memory after another round`)
}

/** A12: a caller that reads nothing while DashScope sends 200 MiB. */
async function ignoreFlood(): Promise<{ grown: number; isTold: boolean }> {
  const { address, pid } = stage.gateway
  const before = memoryMebibytes(pid) ?? Number.NaN
  const { connection } = await openRawSocket(`${address}/api-ws/v1/realtime?model=flood-200`, {
    authorization: `Bearer ${await stage.issueKey()}`,
  })
  connection.pause()
  let highest = before
  for (let look = 0; look < 50; look++) {
    await sleep(100)
    highest = Math.max(highest, memoryMebibytes(pid) ?? 0)
  }
  const read: Buffer[] = []
  connection.on('data', (piece: Buffer) => read.push(piece))
  connection.resume()
  await Promise.race([new Promise((resolve) => connection.once('close', resolve)), sleep(5000)])
  const isTold = Buffer.concat(read).includes('Throttling.RateQuota')
  connection.destroy()
  await sleep(2000)
  return { grown: highest - before, isTold }
}
