import { budgetsLeft } from './budgets.ts'
import { type Command, type Input, type Outcome, UsageError } from './command.ts'
import { confirm, YES, YES_FLAG } from './confirm.ts'
import { askGateway, type Gateway } from './gateway.ts'
import { idOfKey, listKeys } from './key-names.ts'
import { changedPolicy, type Fields, newPolicy, readEdits } from './policy.ts'
import { MEANINGS, PLACEHOLDERS } from './policy-flag-help.ts'
import { SWITCHES, VALUE_FLAGS } from './policy-flags.ts'
import { CHANGE_OPTIONS, CREATE_OPTIONS } from './policy-options.ts'
import { keyList, record } from './record-text.ts'
import { rotateAdminCommand } from './rotate-admin.ts'

const CREATE_FLAGS: Command['flags'] = [
  ...VALUE_FLAGS.filter(({ flag }) => !flag.startsWith('user-')).map(
    ({ flag, kind }) => [`--${flag} ${PLACEHOLDERS[kind]}`, MEANINGS[flag] ?? ''] as const,
  ),
  ['--user-<limit>', 'each limit above for each end user: --user-rpm, --user-budget-day …'],
  ...SWITCHES.map(({ flag }) => [`--${flag}`, MEANINGS[flag] ?? ''] as const),
]

const CHANGE_FLAGS: Command['flags'] = [
  ['every flag of "keys create"', 'sets the given fields and keeps the others'],
  ['--no-<flag>', 'removes a field, like --no-models or --no-rpm'],
  ['--no-limits', 'removes them all; also --no-user-limits, --no-caps, --no-mint'],
  ...SWITCHES.map(({ flag, back }) => [`--${back}`, `takes --${flag} back`] as const),
]

const KEY = { operand: 'key id or name', options: {}, flags: [] } as const

/** All commands about client keys. */
export const keyCommands: readonly Command[] = [
  {
    words: 'keys create',
    summary: 'create a client key and show it once',
    options: CREATE_OPTIONS,
    flags: CREATE_FLAGS,
    run: create,
  },
  { words: 'keys list', summary: 'list the client keys, newest first', options: {}, flags: [], run: list },
  {
    ...KEY,
    words: 'keys show',
    summary: 'show the settings of a key and its remaining budgets',
    run: show,
  },
  {
    ...KEY,
    words: 'keys change',
    summary: 'change the settings of a key',
    options: CHANGE_OPTIONS,
    flags: CHANGE_FLAGS,
    run: change,
  },
  {
    ...KEY,
    words: 'keys disable',
    summary: 'refuse a key and its session tokens until it is enabled again',
    run: disable,
  },
  { ...KEY, words: 'keys enable', summary: 'accept a disabled key again', run: enable },
  {
    ...KEY,
    words: 'keys revoke',
    summary: 'revoke a key permanently; asks for confirmation',
    options: YES,
    flags: [YES_FLAG],
    run: revoke,
  },
  rotateAdminCommand,
  { ...KEY, words: 'purge', summary: 'purge the cached responses of a key and of its scope', run: purge },
]

async function create(input: Input, gateway: Gateway): Promise<Outcome> {
  if (input.values.name === undefined) {
    throw new UsageError('A key needs a name: npm run edge -- keys create --name web')
  }
  const text = await askGateway(gateway, 'POST', '/edge/keys', newPolicy(input))
  if (input.json) return done(text)
  const { key, ...fields } = JSON.parse(text) as Fields
  return done(
    `${key}\n\nThis is the key. It is not stored and is shown only once: save it now.\n\n${record(fields)}`,
  )
}

async function list({ json, nowMs }: Input, gateway: Gateway): Promise<Outcome> {
  const keys = await listKeys(gateway)
  if (json) return done(JSON.stringify({ keys }))
  return done(
    keys.length === 0
      ? 'There is no client key yet. Issue one: npm run edge -- keys create --name web'
      : keyList(keys, nowMs),
  )
}

async function show({ operand, json, nowMs }: Input, gateway: Gateway): Promise<Outcome> {
  const text = await askGateway(gateway, 'GET', pathOf(await idOfKey(operand, gateway)))
  if (json) return done(text)
  const fields = JSON.parse(text) as Fields
  return done(record({ ...fields, ...(await budgetsLeft(fields, gateway, nowMs)) }))
}

async function change(input: Input, gateway: Gateway): Promise<Outcome> {
  const edits = readEdits(input)
  if (edits.length === 0) throw new UsageError('Nothing to change. See: npm run edge -- keys change --help')
  const path = pathOf(await idOfKey(input.operand, gateway))
  const before = JSON.parse(await askGateway(gateway, 'GET', path)) as Fields
  const text = await askGateway(gateway, 'PATCH', path, changedPolicy(before, edits))
  return done(
    input.json
      ? text
      : `${record(JSON.parse(text) as Fields)}\n\nThis takes effect everywhere within a minute.`,
  )
}

async function disable(input: Input, gateway: Gateway): Promise<Outcome> {
  const text = 'is disabled. It is refused everywhere within a minute; "keys enable" accepts it again.'
  return setDisabled(input, gateway, true, text)
}

async function enable(input: Input, gateway: Gateway): Promise<Outcome> {
  return setDisabled(input, gateway, null, 'is enabled. It is accepted everywhere within a minute.')
}

async function setDisabled(
  { operand, json }: Input,
  gateway: Gateway,
  disabled: true | null,
  sentence: string,
): Promise<Outcome> {
  const id = await idOfKey(operand, gateway)
  const text = await askGateway(gateway, 'PATCH', pathOf(id), { disabled })
  return done(json ? text : `${operand} ${sentence}`)
}

async function revoke(input: Input, gateway: Gateway): Promise<Outcome> {
  const id = await idOfKey(input.operand, gateway)
  const { name } = JSON.parse(await askGateway(gateway, 'GET', pathOf(id))) as Fields
  await confirm(`Revoke ${id} (${name}) permanently? "keys disable" can be undone.`, input)
  await askGateway(gateway, 'DELETE', pathOf(id))
  if (input.json) return done(JSON.stringify({ revoked: id }))
  return done(`${id} was revoked. It is refused everywhere within a minute; its usage stays in the reports.`)
}

async function purge({ operand, json }: Input, gateway: Gateway): Promise<Outcome> {
  const id = await idOfKey(operand, gateway)
  const text = await askGateway(gateway, 'DELETE', `/edge/cache?key=${encodeURIComponent(id)}`)
  if (json) return done(text)
  const { purged } = JSON.parse(text) as { purged: string[] }
  return done(`Purged the cached responses of: ${purged.join(', ')}`)
}

function pathOf(id: string): string {
  return `/edge/keys/${encodeURIComponent(id)}`
}

function done(text: string): Outcome {
  return { text, code: 0 }
}
