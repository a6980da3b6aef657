import { Agent, request as httpRequest } from 'node:http'
import { inject } from 'vitest'
import type { TestRequest } from '../../harness/caller.ts'
import { ADMIN_TOKEN, type EmulatorCall, type TestGateway } from '../../harness/gateway.ts'

/** An answer that was read to its end. */
export interface Read {
  status: number
  headers: Record<string, string | undefined>
  body: Buffer
  text: string
}

/** Callers keep their connections, and no more of them than the machine bears. */
const agent = new Agent({ keepAlive: true, maxSockets: 100 })

/** Asks over a kept connection and reads the answer to its end; one that is cut off is read as far as it came. */
export function askWhole({ address, key, path, body, headers = {} }: TestRequest): Promise<Read> {
  const { request, responded } = open({ address, key, path, body, headers }, agent)
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    responded((response) => {
      const pieces: Buffer[] = []
      response.on('data', (piece: Buffer) => pieces.push(piece))
      response.on('error', () => undefined)
      response.on('close', () => {
        const read = Buffer.concat(pieces)
        const names = response.headers as Read['headers']
        resolve({ status: response.statusCode ?? 0, headers: names, body: read, text: read.toString() })
      })
    })
  })
}

/** Asks for a stream and hangs up with a reset as soon as so many frames have arrived; returns what had. */
export function leaveAfterFrames(asked: TestRequest, frames: number): Promise<string> {
  const { request, responded } = open(asked, false)
  return new Promise((resolve, reject) => {
    request.on('error', reject)
    responded((response) => {
      let text = ''
      response.on('error', () => undefined)
      response.on('end', () => reject(new Error(`The stream ended before ${frames} frames: ${text}`)))
      response.on('data', (piece: Buffer) => {
        text += piece
        if (text.split('\n\n').length <= frames) return
        response.removeAllListeners('end')
        request.off('error', reject)
        request.on('error', () => undefined)
        request.socket?.resetAndDestroy()
        resolve(text)
      })
    })
  })
}

function open({ address, key, path, body, headers = {} }: TestRequest, by: Agent | false) {
  const text = typeof body === 'string' ? body : JSON.stringify(body)
  const request = httpRequest(address + path, {
    method: 'POST',
    agent: by,
    headers: {
      authorization: `Bearer ${key}`,
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(text),
      ...headers,
    },
  })
  request.end(text)
  return {
    request,
    responded: (then: (response: import('node:http').IncomingMessage) => void) =>
      request.on('response', then),
  }
}

/** Runs work with at most `width` pieces of it at the same moment; keeps the order of the results. */
export async function inParallel<Item, Result>(
  items: readonly Item[],
  width: number,
  work: (item: Item) => Promise<Result>,
): Promise<Result[]> {
  const results: Result[] = []
  let next = 0
  const worker = async () => {
    for (let index = next++; index < items.length; index = next++) {
      results[index] = await work(items[index] as Item)
    }
  }
  await Promise.all(Array.from({ length: width }, worker))
  return results
}

/** A call as the emulator's log shows it, with what it had sent of an answer when it ended. */
export interface BilledCall extends EmulatorCall {
  model: string
  usage: { input_tokens: number; output_tokens: number } | null
}

export async function billedCalls(gateway: Pick<TestGateway, 'calls'>): Promise<BilledCall[]> {
  return (await gateway.calls()) as BilledCall[]
}

/** What the emulator bills one model for; seconds of video also by their resolution. */
export interface Bill {
  usage: Record<
    'input_tokens' | 'output_tokens' | 'characters' | 'seconds' | 'images' | 'video_seconds' | 'tool_calls',
    number
  >
  video: Record<string, number>
}

const UNUSED: Bill['usage'] = {
  input_tokens: 0,
  output_tokens: 0,
  characters: 0,
  seconds: 0,
  images: 0,
  video_seconds: 0,
  tool_calls: 0,
}

/** The emulator's account by model, with applications named as the gateway names them. */
export async function billOf({ apiKey }: TestGateway): Promise<Map<string, Bill>> {
  const response = await fetch(`${inject('emulatorAddress')}/emulator/bill`, {
    headers: { authorization: `Bearer ${apiKey}` },
  })
  const rows = (await response.json()) as (Bill & { model: string; usage: { total_tokens?: number } })[]
  return new Map(
    rows.map(({ model, usage: { total_tokens: _, ...usage }, video }) => [
      model === 'abc' ? 'app:abc' : model,
      { usage: { ...UNUSED, ...usage }, video },
    ]),
  )
}

/** One row of a usage report. */
export type UsageRow = Record<string, number> & { model: string; key: string; user: string; day: string }

/** The operator's report. */
export async function usageReport(
  { address }: Pick<TestGateway, 'address'>,
  query: string,
): Promise<{ rows: UsageRow[]; total: Record<string, number>; currency: string }> {
  const response = await fetch(`${address}/edge/usage?${query}`, {
    headers: { authorization: `Bearer ${ADMIN_TOKEN}` },
  })
  if (!response.ok) throw new Error(await response.text())
  return (await response.json()) as never
}

/** A session token, minted by the holder of a key. */
export async function mintToken(
  { address }: Pick<TestGateway, 'address'>,
  key: string,
  wishes: object,
): Promise<string> {
  const response = await fetch(`${address}/edge/tokens`, {
    method: 'POST',
    headers: { authorization: `Bearer ${key}`, 'content-type': 'application/json' },
    body: JSON.stringify(wishes),
  })
  if (response.status !== 201) throw new Error(`No token was minted: ${await response.text()}`)
  const { token } = (await response.json()) as { token: string }
  return token
}
