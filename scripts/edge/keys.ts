import { type Command, type Input, type Outcome, UsageError } from './command.ts'
import { askGateway, type Gateway } from './gateway.ts'
import { changedPolicy, type Fields, newPolicy, readEdits } from './policy.ts'
import { CHANGE_OPTIONS, CREATE_OPTIONS, PLACEHOLDERS, SWITCHES, VALUE_FLAGS } from './policy-flags.ts'
import { keyList, record } from './record-text.ts'

/** What `GET /edge/keys` answers. */
interface Page {
  keys: Fields[]
  cursor?: string
}

const CREATE_FLAGS: Command['flags'] = [
  ...VALUE_FLAGS.filter(({ flag }) => !flag.startsWith('user-')).map(
    ({ flag, kind, meaning }) => [`--${flag} ${PLACEHOLDERS[kind]}`, meaning] as const,
  ),
  ['--user-<limit>', 'each limit above for each end user: --user-rpm, --user-budget-day …'],
  ...SWITCHES.map(({ flag, meaning }) => [`--${flag}`, meaning] as const),
]

const CHANGE_FLAGS: Command['flags'] = [
  ['every flag of "keys create"', 'sets what it names and leaves the rest'],
  ['--no-<flag>', 'removes what the flag had set, like --no-models or --no-rpm'],
  ['--no-limits', 'removes them all; also --no-user-limits, --no-caps, --no-mint'],
  ...SWITCHES.map(({ flag, back }) => [`--${back}`, `takes --${flag} back`] as const),
]

/** Everything about client keys. */
export const keyCommands: readonly Command[] = [
  {
    words: 'keys create',
    summary: 'issue a client key and show it, this once',
    options: CREATE_OPTIONS,
    flags: CREATE_FLAGS,
    run: create,
  },
  { words: 'keys list', summary: 'list the client keys, newest first', options: {}, flags: [], run: list },
  {
    words: 'keys show',
    summary: 'show what a key may do',
    operand: 'key id',
    options: {},
    flags: [],
    run: show,
  },
  {
    words: 'keys change',
    summary: 'change what a key may do',
    operand: 'key id',
    options: CHANGE_OPTIONS,
    flags: CHANGE_FLAGS,
    run: change,
  },
  {
    words: 'keys revoke',
    summary: 'end a key, for good',
    operand: 'key id',
    options: {},
    flags: [],
    run: revoke,
  },
  {
    words: 'purge',
    summary: "put a key's cached answers out of reach, and those of its scope",
    operand: 'key id',
    options: {},
    flags: [],
    run: purge,
  },
]

async function create(input: Input, gateway: Gateway): Promise<Outcome> {
  if (input.values.name === undefined) {
    throw new UsageError('A key needs a name: npm run edge -- keys create --name web')
  }
  const text = await askGateway(gateway, 'POST', '/edge/keys', newPolicy(input))
  if (input.json) return done(text)
  const { key, ...fields } = JSON.parse(text) as Fields
  return done(
    `${key}\n\nThat is the key. It is stored nowhere and shown this once: keep it now.\n\n${record(fields)}`,
  )
}

async function list({ json }: Input, gateway: Gateway): Promise<Outcome> {
  const keys: Fields[] = []
  let cursor: string | undefined
  do {
    const query = cursor === undefined ? '' : `?cursor=${encodeURIComponent(cursor)}`
    const page = JSON.parse(await askGateway(gateway, 'GET', `/edge/keys${query}`)) as Page
    keys.push(...page.keys)
    cursor = page.cursor
  } while (cursor !== undefined)
  if (json) return done(JSON.stringify({ keys }))
  return done(
    keys.length === 0
      ? 'There is no client key yet. Issue one: npm run edge -- keys create --name web'
      : keyList(keys),
  )
}

async function show({ operand, json }: Input, gateway: Gateway): Promise<Outcome> {
  const text = await askGateway(gateway, 'GET', pathOf(operand))
  return done(json ? text : record(JSON.parse(text) as Fields))
}

async function change(input: Input, gateway: Gateway): Promise<Outcome> {
  const edits = readEdits(input)
  if (edits.length === 0) throw new UsageError('What is to change? See: npm run edge -- keys change --help')
  const path = pathOf(input.operand)
  const before = JSON.parse(await askGateway(gateway, 'GET', path)) as Fields
  const text = await askGateway(gateway, 'PATCH', path, changedPolicy(before, edits))
  return done(
    input.json ? text : `${record(JSON.parse(text) as Fields)}\n\nIt holds everywhere within a minute.`,
  )
}

async function revoke({ operand, json }: Input, gateway: Gateway): Promise<Outcome> {
  await askGateway(gateway, 'DELETE', pathOf(operand))
  if (json) return done(JSON.stringify({ revoked: operand }))
  return done(`${operand} is revoked. It is refused everywhere within a minute.`)
}

async function purge({ operand, json }: Input, gateway: Gateway): Promise<Outcome> {
  const text = await askGateway(gateway, 'DELETE', `/edge/cache?key=${encodeURIComponent(operand)}`)
  if (json) return done(text)
  const { purged } = JSON.parse(text) as { purged: string[] }
  return done(`Cached answers are out of reach for: ${purged.join(', ')}`)
}

function pathOf(id: string): string {
  return `/edge/keys/${encodeURIComponent(id)}`
}

function done(text: string): Outcome {
  return { text, code: 0 }
}
