import { once } from 'node:events'
import { createServer, type IncomingMessage, request } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import { pipeline } from 'node:stream/promises'
import { HOST } from './cases.ts'
import { cpuMicroseconds, memoryMebibytes } from './process.ts'
import { type Rig, startRig } from './rig.ts'

const MEBIBYTE = 1024 * 1024

/** Slightly less than the largest file of a batch. */
const FILE_BYTES = 500 * MEBIBYTE - 20_000

/** The first uploads warm up the code and the allocator. */
const WARM_UP_BYTES = 32 * MEBIBYTE
const WARM_UPS = 3

/** The maximum growth of workerd's memory while the large file is uploaded. */
const MAX_GROWTH_MEBIBYTES = 32

const SAMPLE_EVERY_MS = 50

/** As in checkBodies: half of an isolate's limit, so that garbage is collected as on Cloudflare. */
const V8_FLAGS = ['--max-old-space-size=64']

const BOUNDARY = 'bench-boundary'
const HEAD =
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="purpose"\r\n\r\nbatch\r\n` +
  `--${BOUNDARY}\r\nContent-Disposition: form-data; name="file"; filename="requests.jsonl"\r\n\r\n`
const TAIL = `\r\n--${BOUNDARY}--\r\n`

/** About 10 kB: a document to summarise, in English and Chinese. */
const LINE = `${JSON.stringify({
  custom_id: 'request-1',
  method: 'POST',
  url: '/v1/chat/completions',
  body: {
    model: 'qwen-plus',
    max_tokens: 1000,
    messages: [
      { role: 'user', content: `Summarise: ${'Water boils at 100 °C. 水在一百度沸腾。'.repeat(200)}` },
    ],
  },
})}\n`

/**
 * Uploads a batch file of 500 MB, all lines of which are checked. Prints the result, memory and time.
 *
 * @returns whether it was accepted and workerd's memory grew by less than MAX_GROWTH_MEBIBYTES.
 */
export async function checkBatchUpload(): Promise<boolean> {
  const sink = await startSink()
  const rig = await startRig(V8_FLAGS, sink.address)
  for (let each = 0; each < WARM_UPS; each++) await upload(rig, WARM_UP_BYTES)
  const before = memoryMebibytes(rig.pid) ?? 0
  let most = before
  const timer = setInterval(() => {
    most = Math.max(most, memoryMebibytes(rig.pid) ?? 0)
  }, SAMPLE_EVERY_MS)
  const startMs = performance.now()
  const cpuBefore = cpuMicroseconds(rig.pid) ?? 0
  const status = await upload(rig, FILE_BYTES)
  const seconds = (performance.now() - startMs) / 1000
  const cpuSeconds = ((cpuMicroseconds(rig.pid) ?? 0) - cpuBefore) / 1e6
  clearInterval(timer)
  const megabytes = FILE_BYTES / MEBIBYTE
  console.log(
    `A batch file of ${megabytes.toFixed(0)} MiB: status ${status}, ${sink.bytes()} bytes arrived upstream.`,
  )
  console.log(
    `${seconds.toFixed(1)} s, ${cpuSeconds.toFixed(1)} s of CPU time, ${((1000 * cpuSeconds) / megabytes).toFixed(1)} ms a MiB.`,
  )
  console.log(
    `Memory of workerd: ${before.toFixed(0)} MiB before, at most ${most.toFixed(0)} while it passed (+${(most - before).toFixed(0)}).`,
  )
  rig.stop()
  sink.stop()
  return status === 200 && most - before < MAX_GROWTH_MEBIBYTES
}

/** A stand-in for DashScope's upload: reads and discards any body. */
async function startSink() {
  let bytes = 0
  const server = createServer((incoming, response) => {
    bytes = 0
    incoming.on('data', (piece: Buffer) => {
      bytes += piece.byteLength
    })
    incoming.on('end', () => {
      response
        .writeHead(200, { 'content-type': 'application/json' })
        .end('{"id":"file-batch-1","object":"file"}')
    })
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
  return { address, bytes: () => bytes, stop: () => server.close() }
}

/** Uploads lines of the given total size; returns the status. */
async function upload(rig: Rig, fileBytes: number): Promise<number | undefined> {
  const line = Buffer.from(LINE)
  const lines = Math.floor(fileBytes / line.byteLength)
  const length = HEAD.length + lines * line.byteLength + TAIL.length
  const asking = request({
    host: '127.0.0.1',
    port: rig.ports.gateway,
    path: '/compatible-mode/v1/files',
    method: 'POST',
    headers: {
      host: HOST,
      authorization: `Bearer ${rig.credentials.clientKey}`,
      'content-type': `multipart/form-data; boundary=${BOUNDARY}`,
      'content-length': length,
    },
    agent: false,
  })
  function* pieces() {
    yield Buffer.from(HEAD)
    // Eight lines per write, like a client that reads its file in chunks of 64 KiB or more.
    const several = Buffer.concat(Array.from({ length: 8 }, () => line))
    let left = lines
    for (; left >= 8; left -= 8) yield several
    for (; left > 0; left -= 1) yield line
    yield Buffer.from(TAIL)
  }
  const responded = once(asking, 'response') as Promise<[IncomingMessage]>
  await pipeline(Readable.from(pieces()), asking)
  const [response] = await responded
  for await (const _piece of response);
  return response.statusCode
}
