import type { Message } from './conversation.ts'
import { wireFormats } from './dialects.ts'
import { DEFAULT_MODEL, newSetup, type Setup } from './setup.ts'
import type { WireRequest } from './wire.ts'

/** The input of a snippet. */
export interface SnippetSource {
  /** The gateway's URL, without a trailing slash. */
  address: string
  setup: Setup
  model: string
  messages: readonly Message[]
}

export interface Snippet {
  name: string
  code: (source: SnippetSource) => string
}

/** The environment variable with the key: snippets are copied around, so they contain no key. */
const KEY = 'DASHSCOPE_EDGE_KEY'

/** The code snippets. SDKs use the request in their own dialect. */
export const SNIPPETS: readonly Snippet[] = [
  { name: 'curl', code: (source) => curl(source.address, requestIn(source)) },
  { name: 'Python (dashscope)', code: pythonDashscope },
  { name: 'Python (openai)', code: pythonOpenai },
  { name: 'Node.js (openai)', code: nodeOpenai },
  { name: 'fetch', code: (source) => fetchCode(source.address, requestIn(source)) },
  { name: 'Java', code: (source) => java(source.address, requestIn(source)) },
]

/** The command of a first request to this gateway. */
export function firstCommand(): string {
  const messages: Message[] = [{ role: 'user', parts: [{ kind: 'text', text: 'Who are you?' }] }]
  return curl(location.origin, requestIn({ address: '', setup: newSetup(), model: DEFAULT_MODEL, messages }))
}

function requestIn({ setup, model, messages }: SnippetSource, dialect = setup.dialect): WireRequest {
  return wireFormats[dialect].request({ ...setup, dialect }, model, messages)
}

function curl(address: string, { path, headers, body }: WireRequest): string {
  const fields = Object.entries(headers).map(([name, value]) => `  -H '${name}: ${value}' \\\n`)
  const isStream = body.stream === true || 'X-DashScope-SSE' in headers
  return `curl ${isStream ? '-N ' : ''}${address}${path} \\
  -H "Authorization: Bearer $${KEY}" \\
  -H 'Content-Type: application/json' \\
${fields.join('')}  -d '${json(body).replaceAll("'", "'\\''")}'`
}

function pythonDashscope(source: SnippetSource): string {
  const { path, body } = requestIn(source, 'native')
  const { input, parameters, model } = body as {
    input: { messages: unknown }
    parameters: object
    model: string
  }
  const isMultimodal = path.includes('multimodal')
  const name = isMultimodal ? 'MultiModalConversation' : 'Generation'
  const lines = [
    ['model', model],
    ['messages', input.messages],
    ...(source.setup.isStream ? [['stream', true]] : []),
    ...Object.entries(parameters),
  ].map(([field, value]) => `    ${field}=${python(value, 4)},`)
  const call = `dashscope.${name}.call(\n    api_key=os.environ["${KEY}"],\n${lines.join('\n')}\n)`
  return `import os
import dashscope

dashscope.base_http_api_url = "${source.address}/api/v1"
${source.setup.isStream ? `for response in ${call}:\n    print(response)` : `print(${call})`}`
}

/** Fields of OpenAI's chat API; DashScope's own are sent in `extra_body`. */
const OPENAI_FIELDS = [
  'model', 'messages', 'input', 'instructions', 'stream', 'stream_options', 'temperature', 'top_p', 'max_tokens',
  'max_output_tokens', 'seed', 'presence_penalty', 'n', 'tools', 'tool_choice', 'response_format',
] // biome-ignore format: a list of names

function openaiRequest(source: SnippetSource) {
  const isResponses = source.setup.dialect === 'responses'
  const { body } = requestIn(source, isResponses ? 'responses' : 'chat')
  const known = Object.entries(body).filter(([name]) => OPENAI_FIELDS.includes(name))
  const extra = Object.fromEntries(Object.entries(body).filter(([name]) => !OPENAI_FIELDS.includes(name)))
  return { method: isResponses ? 'responses' : 'chat.completions', known, extra }
}

function pythonOpenai(source: SnippetSource): string {
  const { method, known, extra } = openaiRequest(source)
  const lines = [...known, ...(Object.keys(extra).length > 0 ? [['extra_body', extra] as const] : [])]
  const call = `client.${method}.create(\n${lines.map(([name, value]) => `    ${name}=${python(value, 4)},`).join('\n')}\n)`
  return `import os
from openai import OpenAI

client = OpenAI(base_url="${source.address}/compatible-mode/v1", api_key=os.environ["${KEY}"])
${source.setup.isStream ? `for event in ${call}:\n    print(event)` : `print(${call})`}`
}

function nodeOpenai(source: SnippetSource): string {
  const { method, known, extra } = openaiRequest(source)
  const body = json({ ...Object.fromEntries(known), ...extra })
  return `import OpenAI from 'openai'

const client = new OpenAI({
  baseURL: '${source.address}/compatible-mode/v1',
  apiKey: process.env.${KEY},
})
const result = await client.${method}.create(${body})
${source.setup.isStream ? 'for await (const event of result) console.log(JSON.stringify(event))' : 'console.log(JSON.stringify(result))'}`
}

function fetchCode(address: string, { path, headers, body }: WireRequest): string {
  const fields = Object.entries(headers).map(([name, value]) => `    '${name}': '${value}',\n`)
  return `const response = await fetch('${address}${path}', {
  method: 'POST',
  headers: {
    authorization: \`Bearer \${process.env.${KEY}}\`,
    'content-type': 'application/json',
${fields.join('')}  },
  body: JSON.stringify(${json(body)}),
})
for await (const chunk of response.body.pipeThrough(new TextDecoderStream())) console.log(chunk)`
}

function java(address: string, { path, headers, body }: WireRequest): string {
  const fields = Object.entries(headers).map(([name, value]) => `        .header("${name}", "${value}")\n`)
  return `import java.net.URI;
import java.net.http.*;

public class Ask {
  public static void main(String[] args) throws Exception {
    var request = HttpRequest.newBuilder(URI.create("${address}${path}"))
        .header("Authorization", "Bearer " + System.getenv("${KEY}"))
        .header("Content-Type", "application/json")
${fields.join('')}        .POST(HttpRequest.BodyPublishers.ofString(${JSON.stringify(JSON.stringify(body))}))
        .build();
    HttpClient.newHttpClient()
        .send(request, HttpResponse.BodyHandlers.ofLines())
        .body().forEach(System.out::println);
  }
}`
}

function json(value: unknown): string {
  return JSON.stringify(value, null, 2)
}

/** A value as a Python literal. */
function python(value: unknown, indent: number): string {
  if (value === null || value === undefined) return 'None'
  if (typeof value === 'boolean') return value ? 'True' : 'False'
  if (typeof value !== 'object') return JSON.stringify(value)
  const inner = ' '.repeat(indent + 4)
  const [open, close] = Array.isArray(value) ? ['[', ']'] : ['{', '}']
  const members = Array.isArray(value)
    ? value.map((entry) => python(entry, indent + 4))
    : Object.entries(value).map(([name, entry]) => `${JSON.stringify(name)}: ${python(entry, indent + 4)}`)
  if (members.length === 0) return `${open}${close}`
  return `${open}\n${members.map((member) => `${inner}${member},\n`).join('')}${' '.repeat(indent)}${close}`
}
