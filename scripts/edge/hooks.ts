import { type Command, type Input, type Outcome, UsageError } from './command.ts'
import { confirm, YES, YES_FLAG } from './confirm.ts'
import { askGateway, type Gateway } from './gateway.ts'
import { demoCommand } from './hook-demo.ts'
import { FIELD_FLAGS, FIELD_OPTIONS, hookFields } from './hook-fields.ts'
import { setupText } from './hook-setup.ts'
import { eventsText, hooksText } from './hook-text.ts'
import { idOfKey } from './key-names.ts'
import { listNamed, pathOfNamed } from './names.ts'
import type { Fields } from './policy.ts'
import { record } from './record-text.ts'

const HOOK = { operand: 'hook id or name', options: {}, flags: [] } as const

/** The commands around `/edge/hooks`. */
export const hookCommands: readonly Command[] = [
  {
    words: 'hooks list',
    summary: 'list the inbound hooks of one key or of all keys',
    options: { key: { type: 'string' } },
    flags: [['--key <key id or name>', 'of one key']],
    run: list,
  },
  { ...HOOK, words: 'hooks show', summary: 'show one hook, with the URL that the platform calls', run: show },
  {
    words: 'hooks create',
    summary: 'connect a chat bot or a webhook sender to a model',
    options: { ...FIELD_OPTIONS, kind: { type: 'string' }, key: { type: 'string' } },
    flags: [
      ['--kind <kind>', 'github, gitlab, slack, dingtalk, feishu, lark, wecom, wecom-bot, form, …'],
      ['--key <key id or name>', 'the client key that is charged'],
      ...FIELD_FLAGS,
    ],
    run: create,
  },
  {
    ...HOOK,
    words: 'hooks change',
    summary: 'change the settings or secrets of a hook',
    options: FIELD_OPTIONS,
    flags: FIELD_FLAGS,
    run: change,
  },
  {
    ...HOOK,
    words: 'hooks disable',
    summary: 'stop answering the events of a hook',
    run: (input, gateway) => setDisabled(input, gateway, true),
  },
  {
    ...HOOK,
    words: 'hooks enable',
    summary: 'answer the events of a disabled hook again',
    run: (input, gateway) => setDisabled(input, gateway, false),
  },
  {
    ...HOOK,
    words: 'hooks delete',
    summary: 'delete a hook and its secrets; asks for confirmation',
    options: YES,
    flags: [YES_FLAG],
    run: remove,
  },
  {
    ...HOOK,
    words: 'hooks test',
    summary: 'show the prompt and reply for a message, without sending anything',
    options: { text: { type: 'string' } },
    flags: [['--text <text>', 'the message']],
    run: test,
  },
  {
    ...HOOK,
    words: 'hooks events',
    summary: 'list the events of the last week and their states, newest first',
    options: { status: { type: 'string' }, since: { type: 'string' }, limit: { type: 'string' } },
    flags: [
      ['--status <status>', 'accepted, duplicate, ignored, limited or invalid'],
      ['--since <time>', 'received since then, in ISO 8601'],
      ['--limit <n>', 'how many to list; default 20'],
    ],
    run: events,
  },
  {
    ...HOOK,
    words: 'hooks replay',
    summary: 'answer an event again',
    options: { event: { type: 'string' } },
    flags: [['--event <event id>', 'the id of the event, from "hooks events"']],
    run: replay,
  },
  demoCommand,
]

async function list({ values, json }: Input, gateway: Gateway): Promise<Outcome> {
  const key = typeof values.key === 'string' ? await idOfKey(values.key, gateway) : undefined
  const hooks = await listNamed('hook', gateway, key)
  return done(json ? JSON.stringify({ data: hooks }) : hooksText(hooks))
}

async function show({ operand, json }: Input, gateway: Gateway): Promise<Outcome> {
  const text = await askGateway(gateway, 'GET', await pathOfNamed('hook', operand, gateway))
  return done(json ? text : record(JSON.parse(text) as Fields))
}

async function create(input: Input, gateway: Gateway): Promise<Outcome> {
  const fields = await hookFields(input, gateway)
  if (fields.key === undefined) throw new UsageError('Which key is charged? Add --key <key id or name>.')
  const text = await askGateway(gateway, 'POST', '/edge/hooks', fields)
  if (input.json) return done(text)
  const hook = JSON.parse(text) as Fields
  return done(`${record(hook)}\n\n${setupText(String(hook.kind), String(hook.url))}`)
}

async function change(input: Input, gateway: Gateway): Promise<Outcome> {
  const path = await pathOfNamed('hook', input.operand, gateway)
  const before = JSON.parse(await askGateway(gateway, 'GET', path)) as Fields
  const fields = await hookFields(input, gateway, before)
  if (Object.keys(fields).length === 0)
    throw new UsageError('Nothing to change. See: npm run edge -- hooks change --help')
  const text = await askGateway(gateway, 'PATCH', path, fields)
  return done(input.json ? text : record(JSON.parse(text) as Fields))
}

async function setDisabled({ operand, json }: Input, gateway: Gateway, disabled: boolean): Promise<Outcome> {
  const path = await pathOfNamed('hook', operand, gateway)
  const text = await askGateway(gateway, 'PATCH', path, { disabled })
  return done(json ? text : `${operand} is ${disabled ? 'disabled' : 'enabled'}.`)
}

async function remove(input: Input, gateway: Gateway): Promise<Outcome> {
  const path = await pathOfNamed('hook', input.operand, gateway)
  await confirm(`Delete the hook ${input.operand}? Its platform will get 404.`, input)
  await askGateway(gateway, 'DELETE', path)
  return done(input.json ? '{}' : `The hook ${input.operand} was deleted.`)
}

async function test({ operand, values, json }: Input, gateway: Gateway): Promise<Outcome> {
  const path = await pathOfNamed('hook', operand, gateway)
  const text = await askGateway(gateway, 'POST', `${path}/test`, { event: { text: values.text ?? 'Hello' } })
  return done(json ? text : record(JSON.parse(text) as Fields))
}

async function events({ operand, values, json }: Input, gateway: Gateway): Promise<Outcome> {
  const path = await pathOfNamed('hook', operand, gateway)
  const given = Object.entries(values).filter(([, value]) => typeof value === 'string') as [string, string][]
  const text = await askGateway(gateway, 'GET', `${path}/events?${new URLSearchParams(given)}`)
  return done(json ? text : eventsText((JSON.parse(text) as { data: Fields[] }).data))
}

async function replay({ operand, values, json }: Input, gateway: Gateway): Promise<Outcome> {
  if (typeof values.event !== 'string') throw new UsageError('Which event? Add --event <event id>.')
  const path = await pathOfNamed('hook', operand, gateway)
  const text = await askGateway(gateway, 'POST', `${path}/events/${encodeURIComponent(values.event)}/replay`)
  return done(json ? text : `The job ${(JSON.parse(text) as Fields).job} answers it.`)
}

function done(text: string): Outcome {
  return { text, code: 0 }
}
