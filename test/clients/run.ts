/**
 * Meets each kind of error with each client, and shows whether the sentence of DashScope or of the gateway reaches the user.
 *
 *     npm run clients             prints the table and fails where a sentence is lost
 *     npm run clients -- --write  the same, and puts the table into docs/clients.md
 */
import { existsSync } from 'node:fs'
import { copyFile, mkdir } from 'node:fs/promises'
import { join } from 'node:path'
import { run } from '../../examples/runner/command.ts'
import { openTarget, type Target } from '../../examples/runner/gateway.ts'
import { writeFigures } from '../../tools/bench/write-docs.ts'

const HERE = import.meta.dirname
const CACHE = join(HERE, '../../examples/.cache')
const INSTALL_SECONDS = 240
const RUN_SECONDS = 300

const NODE_PACKAGES = [
  'openai@7.57.0',
  '@anthropic-ai/sdk@1.12.0',
  'ai@7.0.173',
  '@ai-sdk/openai-compatible@3.0.92',
  '@langchain/core@1.4.0',
  '@langchain/openai@1.6.0',
  '@langchain/community@1.1.29',
]

interface Kind {
  kind: string
  model: string
  stream: boolean
  /** What has to arrive: a sentence, or any words for a broken connection. */
  sentence: string | RegExp
  wrongKey?: string
}

const WRONG_PARAMETER = 'Required parameter(s) missing or invalid, please check the request parameters.'
const THROTTLED = 'Requests rate limit exceeded, please try again later.'
const FAILED = 'An internal error has occured, please try again later or contact service support.'
const CUT = 'The connection to DashScope broke before the response was complete. Send the request again.'

/** What clients say of a connection that is cut inside a line. An error about JSON would blame the response. */
const BROKEN_CONNECTION =
  /^(?!.*(?:JSON|[Pp]arse|Unexpected (?:token|end))).*(?:terminated|closed|incomplete|ended prematurely|IncompleteRead|reset|Connection error)/s

const KINDS: readonly Kind[] = [
  {
    kind: 'wrong key',
    model: 'qwen-plus',
    stream: false,
    sentence: 'The client key is mistyped or cut short: its checksum does not match. Copy it again.',
    wrongKey: 'dse_0123456789abcdefghijklmnopqrstuvwxyzAB',
  },
  { kind: '400', model: 'fault-status-400-InvalidParameter', stream: false, sentence: WRONG_PARAMETER },
  { kind: '429', model: 'fault-status-429-Throttling.RateQuota', stream: false, sentence: THROTTLED },
  { kind: '500', model: 'fault-status-500-InternalError', stream: false, sentence: FAILED },
  {
    kind: '400, stream',
    model: 'fault-status-400-InvalidParameter',
    stream: true,
    sentence: WRONG_PARAMETER,
  },
  {
    kind: 'first event',
    model: 'fault-first-event-429-Throttling.RateQuota',
    stream: true,
    sentence: THROTTLED,
  },
  { kind: 'mid-stream', model: 'fault-mid-stream-500-InternalError', stream: true, sentence: FAILED },
  { kind: 'cut', model: 'fault-cut-between', stream: true, sentence: CUT },
  { kind: 'cut in a line', model: 'fault-cut', stream: true, sentence: BROKEN_CONNECTION },
]

interface Seen {
  client: string
  kind: string
  text: string
}

/** A client that shows no more than the status of a stream that is refused with JSON, as DashScope itself refuses it too. */
const SHOWS_STATUS = new Map([
  ['LangChain.js ChatAlibabaTongyi', 'reads `error` of a refused stream, which native bodies do not have'],
])

const CURL_PATH = '/api/v1/services/aigc/text-generation/generation'

/** What curl prints: the response, and its own error after one that broke off. */
async function askCurl({ address, key }: Target): Promise<Seen[]> {
  const seen: Seen[] = []
  for (const { kind, model, stream, wrongKey } of KINDS) {
    const body = { model, input: { messages: [{ role: 'user', content: 'hello' }] } }
    const headers = [`Authorization: Bearer ${wrongKey ?? key}`, 'Content-Type: application/json']
    if (stream) headers.push('X-DashScope-SSE: enable')
    const options = headers.flatMap((header) => ['-H', header])
    const command = ['curl', '-sSN', address + CURL_PATH, ...options, '-d', JSON.stringify(body)]
    const { stdout, complaint } = await run(command, { directory: HERE, timeoutSeconds: RUN_SECONDS })
    seen.push({ client: 'curl', kind, text: kind === 'cut in a line' ? complaint : stdout })
  }
  return seen
}

async function askWith(command: string[], directory: string, { address, key }: Target): Promise<Seen[]> {
  const environment = { DASHSCOPE_EDGE_URL: address, DASHSCOPE_EDGE_KEY: key, KINDS: JSON.stringify(KINDS) }
  const { stdout, complaint } = await run(command, { directory, environment, timeoutSeconds: RUN_SECONDS })
  const lines = stdout.split('\n').filter((line) => line.startsWith('{'))
  if (lines.length === 0) console.log(`${command.join(' ')} printed nothing. ${complaint}`)
  return lines.map((line) => JSON.parse(line) as Seen)
}

/** Installs what is missing; false if that cannot be done here. */
async function install(commands: string[][]): Promise<boolean> {
  for (const command of commands) {
    const options = { directory: HERE, environment: {}, timeoutSeconds: INSTALL_SECONDS }
    if (!(await run(command, options)).ok) return false
  }
  return true
}

function skip(language: string): Seen[] {
  console.log(`Skipped: the clients for ${language} cannot be installed here.`)
  return []
}

async function askNode(target: Target): Promise<Seen[]> {
  const directory = join(CACHE, 'clients')
  await mkdir(directory, { recursive: true })
  // The community package of LangChain names peers that have newer releases.
  const flags = ['--prefix', directory, '--legacy-peer-deps', '--ignore-scripts', '--no-audit', '--no-fund']
  const isThere = existsSync(join(directory, 'node_modules', 'ai'))
  if (!isThere && !(await install([['npm', 'install', ...flags, ...NODE_PACKAGES]]))) return skip('Node.js')
  await copyFile(join(HERE, 'errors.mjs'), join(directory, 'errors.mjs'))
  return askWith([process.execPath, 'errors.mjs'], directory, target)
}

async function askPython(target: Target): Promise<Seen[]> {
  const directory = join(CACHE, 'python')
  const python = join(directory, 'bin/python')
  const requirements = join(HERE, '../../examples/python/requirements.txt')
  const commands = [
    ...(existsSync(python) ? [] : [['python3', '-m', 'venv', directory]]),
    [python, '-m', 'pip', 'install', '--quiet', '--requirement', requirements],
  ]
  return (await install(commands)) ? askWith([python, 'errors.py'], HERE, target) : skip('Python')
}

function arrived(client: string, text: string, sentence: string | RegExp): 'yes' | 'status' | 'no' {
  if (typeof sentence === 'string' ? text.includes(sentence) : sentence.test(text)) return 'yes'
  return SHOWS_STATUS.has(client) && /status code \d{3}/.test(text) ? 'status' : 'no'
}

/** A row for each client, a column for each kind of error. */
function tableOf(seen: readonly Seen[]): string {
  const clients = [...new Set(seen.map(({ client }) => client))]
  const widths = KINDS.map(({ kind }) => kind.length + 2)
  const head = 'client'.padEnd(32) + KINDS.map(({ kind }, index) => kind.padEnd(widths[index] ?? 0)).join('')
  const rows = clients.map((client) => {
    const cells = KINDS.map(({ kind, sentence }, index) => {
      const text = seen.find((each) => each.client === client && each.kind === kind)?.text ?? ''
      return arrived(client, text, sentence).padEnd(widths[index] ?? 0)
    })
    return client.padEnd(32) + cells.join('')
  })
  return [head, ...rows].map((line) => line.trimEnd()).join('\n')
}

process.chdir(join(HERE, '../..'))
await mkdir(CACHE, { recursive: true })
const target = await openTarget({})
const seen = [...(await askCurl(target)), ...(await askPython(target)), ...(await askNode(target))]
await target.stop()
const lost = seen.filter(({ client, kind, text }) => {
  return arrived(client, text, KINDS.find((each) => each.kind === kind)?.sentence ?? '') === 'no'
})
const notes = [...SHOWS_STATUS].map(([client, reason]) => `status: ${client} ${reason}.`)
const table = [tableOf(seen), '', ...notes].join('\n')
console.log(table)
for (const { client, kind, text } of lost)
  console.log(`${client}, ${kind}: ${text.slice(0, 300) || 'no error'}`)
if (process.argv.includes('--write')) writeFigures('clients', table, 'npm run clients', 'clients')
console.log(`${seen.length - lost.length} passed, ${lost.length} failed`)
process.exitCode = lost.length > 0 ? 1 : 0
