/**
 * Shows what the official SDKs make of a stream that breaks: in the middle of a line, where the gateway cuts the connection,
 * and between two events, where it sends an error event.
 *
 *     npm ci --prefix examples/node && node test/clients/broken-stream.ts
 */
import { mkdtemp, rm } from 'node:fs/promises'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { join, resolve } from 'node:path'
import { pathToFileURL } from 'node:url'
import { bundle } from '../../scripts/bundle.ts'
import { startEmulator, startGateway } from '../../scripts/workers.ts'

const ADMIN_TOKEN = 'admin-token-of-the-clients'
const QUESTION = [{ role: 'user' as const, content: 'hello' }]

/** Reads a stream to its end; returns how that ended. */
type Read = (model: string) => Promise<AsyncIterable<unknown>>

const from = createRequire(resolve(process.env.SDK_DIRECTORY ?? 'examples/node', 'package.json'))
const load = async (name: string) => import(pathToFileURL(from.resolve(name)).href)

async function endOf(read: Read, model: string): Promise<string> {
  try {
    for await (const _ of await read(model));
    return 'complete'
  } catch (error) {
    const thrown = error as Error
    return `${thrown.constructor.name}: ${thrown.message}`
  }
}

async function main(): Promise<void> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-'))
  const [gatewayModule, emulatorModule] = await Promise.all([
    bundle('src/index.ts', join(directory, 'gateway')),
    bundle('emulator/index.ts', join(directory, 'emulator')),
  ])
  const emulator = await startEmulator(emulatorModule, 0)
  const variables = { DASHSCOPE_API_KEY: 'sk-clients', DASHSCOPE_BASE_URL: emulator.address, ADMIN_TOKEN }
  const gateway = await startGateway(gatewayModule, { port: 0, variables })
  try {
    const issued = await fetch(`${gateway.address}/edge/keys`, {
      method: 'POST',
      headers: { authorization: `Bearer ${ADMIN_TOKEN}`, 'content-type': 'application/json' },
      body: '{"name":"clients"}',
    })
    const { key } = (await issued.json()) as { key: string }
    const { default: OpenAI } = await load('openai')
    const { default: Anthropic } = await load('@anthropic-ai/sdk')
    const openai = new OpenAI({ apiKey: key, baseURL: `${gateway.address}/compatible-mode/v1` })
    const anthropic = new Anthropic({ apiKey: key, baseURL: `${gateway.address}/apps/anthropic` })
    const clients: [string, Read][] = [
      ['openai', (model) => openai.chat.completions.create({ model, messages: QUESTION, stream: true })],
      [
        '@anthropic-ai/sdk',
        (model) => anthropic.messages.create({ model, max_tokens: 100, messages: QUESTION, stream: true }),
      ],
    ]
    for (const [name, read] of clients) {
      console.log(`${name}, cut in a line: ${await endOf(read, 'fault-cut')}`)
      console.log(`${name}, cut between events: ${await endOf(read, 'fault-cut-between')}`)
    }
  } finally {
    await gateway.stop()
    await emulator.stop()
    await rm(directory, { recursive: true, force: true })
  }
}

await main()
