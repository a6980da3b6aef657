/**
 * Measures how much the console's files slow down requests to the API. Miniflare runs a separate router Worker in
 * front of a Worker with assets; Cloudflare routes before any Worker. A bare Worker with and without the same files
 * shows the cost of that router; the rest is the gateway's.
 *
 * npm run bench -- assets
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { buildConsole, CONSOLE_DIRECTORY } from '../../scripts/build-console.ts'
import { bundle } from '../../scripts/bundle.ts'
import { type RunningWorker, startEmulator, startGateway } from '../../scripts/workers.ts'
import { awake } from './awake.ts'
import { spread } from './statistics.ts'
import { writeFigures } from './write-docs.ts'

const ROUNDS = 15
const REQUESTS = 100

const ADMIN_TOKEN = 'admin-token-of-the-bench-of-assets'
const API_KEY = 'sk-of-the-bench-of-assets'
const CHAT = '/compatible-mode/v1/chat/completions'
const BODY = JSON.stringify({ model: 'qwen-plus', messages: [{ role: 'user', content: '12*7' }] })

const NAMES = ['bare Worker', 'bare Worker with assets', 'gateway', 'gateway with assets'] as const

type Name = (typeof NAMES)[number]

/**
 * Compares requests to a gateway with the console's files and to one without, alternating request by request.
 *
 * @param write whether to write the figures into docs/benchmarks.md.
 * @returns whether the gateway's own share is the same with the files.
 */
export async function checkAssets(write: boolean): Promise<boolean> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-assets-'))
  const running: RunningWorker[] = []
  try {
    const [gateway, bare, emulatorModule] = await Promise.all([
      bundle('src/index.ts', join(directory, 'gateway')),
      bundle('tools/bench/workers/bare-with-objects.ts', join(directory, 'bare')),
      bundle('emulator/index.ts', join(directory, 'emulator')),
      buildConsole(),
    ])
    const emulator = await startEmulator(emulatorModule, 0)
    running.push(emulator)
    const variables = {
      DASHSCOPE_API_KEY: API_KEY,
      DASHSCOPE_BASE_URL: emulator.address,
      UPSTREAM: emulator.address,
      ADMIN_TOKEN,
      REQUEST_LOG: '0',
    }
    const addresses: string[] = []
    for (const module of [bare, gateway]) {
      for (const more of [{}, { assets: CONSOLE_DIRECTORY }]) {
        const worker = await startGateway(module, { port: 0, variables, ...more })
        running.push(worker)
        addresses.push(worker.address)
      }
    }
    const printed = printable(await awake(() => measure(addresses)))
    console.log(printed.text)
    if (write) writeFigures('assets', printed.text, 'npm run bench -- assets')
    return printed.isReached
  } finally {
    for (const { stop } of running) await stop()
    await rm(directory, { recursive: true, force: true })
  }
}

type Times = Record<Name, number>

/** The median of each round, in milliseconds. */
async function measure(addresses: readonly string[]): Promise<Times[]> {
  const senders = await Promise.all(
    addresses.map(async (address, index) => {
      const key = index < 2 ? API_KEY : await issueKey(address)
      return () => ask(address, key)
    }),
  )
  const rounds: Times[] = []
  // The first round warms up.
  for (let round = 0; round <= ROUNDS; round++) {
    const medians = await measureRound(senders)
    if (round > 0) rounds.push(medians)
  }
  return rounds
}

async function measureRound(senders: readonly (() => Promise<Response>)[]): Promise<Times> {
  const times = senders.map((send, index) => ({ name: NAMES[index] ?? '', send, all: [] as number[] }))
  for (let request = 0; request < REQUESTS; request++) {
    for (const { name, send, all } of times) {
      const begun = performance.now()
      const response = await send()
      await response.arrayBuffer()
      all.push(performance.now() - begun)
      if (!response.ok) throw new Error(`${name}: HTTP ${response.status}`)
    }
  }
  return Object.fromEntries(times.map(({ name, all }) => [name, spread(all).median])) as Times
}

function ask(address: string, key: string): Promise<Response> {
  const headers = {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'cache-control': 'no-store',
  }
  return fetch(address + CHAT, { method: 'POST', headers, body: BODY })
}

async function issueKey(address: string): Promise<string> {
  const response = await fetch(`${address}/edge/keys`, {
    method: 'POST',
    headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
    body: '{"name":"bench"}',
  })
  return ((await response.json()) as { key: string }).key
}

function printable(rounds: readonly Times[]): { text: string; isReached: boolean } {
  const own = (round: Times, more: '' | ' with assets') =>
    round[`gateway${more}`] - round[`bare Worker${more}`]
  const ratio = spread(rounds.map((round) => own(round, ' with assets') / own(round, '')))
  const isReached = ratio.lowerQuartile <= 1
  const lines = NAMES.map((name) => {
    const { median } = spread(rounds.map((round) => round[name]))
    return `${name.padEnd(26)}${median.toFixed(2).padStart(6)} ms`
  })
  const figures = [ratio.median, ratio.lowerQuartile, ratio.upperQuartile].map((each) => each.toFixed(2))
  return {
    isReached,
    text: [
      `Round trips: medians of ${ROUNDS} rounds of ${REQUESTS}, taking turns request by request`,
      '',
      ...lines,
      '',
      `What the gateway takes beyond the bare Worker is, with assets, ${figures[0]} of what it is without`,
      `(quartiles ${figures[1]} to ${figures[2]}); goal: 1.00, ${isReached ? 'reached' : 'not reached'}.`,
    ].join('\n'),
  }
}
