import { type Command, type Input, type Outcome, UsageError } from './command.ts'
import { confirm, YES, YES_FLAG } from './confirm.ts'
import { askGateway, type Gateway } from './gateway.ts'
import { idOfKey } from './key-names.ts'
import { listNamed, pathOfNamed } from './names.ts'
import type { Fields } from './policy.ts'
import { readFields } from './read-fields.ts'
import { record } from './record-text.ts'
import { table } from './table.ts'

/** Columns that are truncated if the table is too wide: name and model. */
const SHRINKABLE = [1, 3]

const PRESET = { operand: 'preset id or name' } as const

const FIELD_OPTIONS = {
  file: { type: 'string' },
  name: { type: 'string' },
  model: { type: 'string' },
  system: { type: 'string' },
  prompt: { type: 'string' },
  endpoint: { type: 'string' },
} as const

const FIELD_FLAGS: Command['flags'] = [
  ['--file <file>', 'the fields as JSON; "-" reads standard input'],
  ['--name <text>', 'the name'],
  ['--model <model>', 'the model'],
  ['--system <text>', 'the system message'],
  ['--prompt <template>', 'the user message; {{name}} inserts a variable'],
  ['--endpoint <endpoint>', 'chat-completions, text-generation or multimodal-generation'],
]

/** The commands around `/edge/presets`. */
export const presetCommands: readonly Command[] = [
  {
    words: 'presets list',
    summary: 'list the prompt presets of one key or of all keys',
    options: { key: { type: 'string' } },
    flags: [['--key <key id or name>', 'of one key']],
    run: list,
  },
  { ...PRESET, words: 'presets show', summary: 'one preset', options: {}, flags: [], run: show },
  {
    words: 'presets create',
    summary: 'save a prompt under a name',
    options: { ...FIELD_OPTIONS, key: { type: 'string' } },
    flags: [['--key <key id or name>', 'the client key that owns it'], ...FIELD_FLAGS],
    run: create,
  },
  {
    ...PRESET,
    words: 'presets change',
    summary: 'change a preset',
    options: FIELD_OPTIONS,
    flags: FIELD_FLAGS,
    run: change,
  },
  {
    ...PRESET,
    words: 'presets delete',
    summary: 'delete a preset; asks for confirmation',
    options: YES,
    flags: [YES_FLAG],
    run: remove,
  },
]

async function list({ values, json }: Input, gateway: Gateway): Promise<Outcome> {
  const key = typeof values.key === 'string' ? await idOfKey(values.key, gateway) : undefined
  const presets = await listNamed('preset', gateway, key)
  return { text: json ? JSON.stringify({ data: presets }) : presetsText(presets), code: 0 }
}

async function show({ operand, json }: Input, gateway: Gateway): Promise<Outcome> {
  return shown(await askGateway(gateway, 'GET', await pathOfNamed('preset', operand, gateway)), json)
}

async function create(input: Input, gateway: Gateway): Promise<Outcome> {
  const body = await fieldsOf(input)
  const key = input.values.key ?? body.key
  if (typeof key !== 'string') throw new UsageError('Whose preset? Add --key <key id or name>.')
  const owned = { ...body, key: await idOfKey(key, gateway) }
  return shown(await askGateway(gateway, 'POST', '/edge/presets', owned), input.json)
}

async function change(input: Input, gateway: Gateway): Promise<Outcome> {
  const path = await pathOfNamed('preset', input.operand, gateway)
  const text = await askGateway(gateway, 'PATCH', path, await fieldsOf(input))
  return shown(text, input.json)
}

async function remove(input: Input, gateway: Gateway): Promise<Outcome> {
  const path = await pathOfNamed('preset', input.operand, gateway)
  await confirm(`Delete the preset ${input.operand}? Hooks that use it will stop answering.`, input)
  await askGateway(gateway, 'DELETE', path)
  return { text: input.json ? '{}' : `The preset ${input.operand} was deleted.`, code: 0 }
}

async function fieldsOf({ values }: Input): Promise<Fields> {
  const { file, key: _, json: __, prompt, ...typed } = values
  return { ...(await readFields(file)), ...typed, ...(prompt !== undefined && { user: prompt }) }
}

function shown(text: string, json: boolean): Outcome {
  return { text: json ? text : record(JSON.parse(text) as Fields), code: 0 }
}

function presetsText(presets: readonly Fields[]): string {
  if (presets.length === 0) return 'There are no presets. Save one: npm run edge -- presets create --help'
  const rows = presets.map(({ id, name, key, model, endpoint }) =>
    [id, name, key, model, endpoint].map(String),
  )
  return table(['id', 'name', 'key', 'model', 'endpoint'], rows, { shrinkable: SHRINKABLE })
}
