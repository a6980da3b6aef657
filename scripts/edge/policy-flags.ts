/** A flag that puts a value into a key's record. */
export interface ValueFlag {
  flag: string
  /** The place of the value in the record. */
  path: readonly string[]
  /**
   * `list`: repeatable, and separated by commas; `numbers`: the same, of whole numbers. `map`: the same, of `name=value`;
   * `chains`: of `name=value+value`. `whole`, `decimal`: numbers. `moment`: a time, or a span from now. `json`: an object.
   */
  kind: 'text' | 'list' | 'numbers' | 'map' | 'chains' | 'whole' | 'decimal' | 'moment' | 'json'
  meaning: string
}

/** A pair of flags: one puts a value into the record, `false` if it forbids, and one takes that back. */
export interface Switch {
  flag: string
  back: string
  path: readonly string[]
  value: boolean
  meaning: string
}

const LIMITS: readonly (readonly [string, string, ValueFlag['kind'], string])[] = [
  ['rpm', 'requests_per_minute', 'whole', 'requests per minute'],
  ['tpm', 'tokens_per_minute', 'whole', 'tokens per minute'],
  ['in-flight', 'requests_in_flight', 'whole', 'requests at the same moment'],
  ['budget-day', 'tokens_per_day', 'whole', 'tokens per day'],
  ['budget-month', 'tokens_per_month', 'whole', 'tokens per month'],
  ['money-day', 'money_per_day', 'decimal', 'money per day, in the currency of the price table'],
  ['money-month', 'money_per_month', 'decimal', 'money per month'],
  ['audio-day', 'audio_seconds_per_day', 'whole', 'seconds of audio per day'],
  ['characters-day', 'characters_per_day', 'whole', 'characters of speech per day'],
]

/** Every flag that stands for one field of the record (src/policy/key-record.ts). */
export const VALUE_FLAGS: readonly ValueFlag[] = [
  value('name', ['name'], 'text', 'a label for people'),
  value('models', ['models'], 'list', 'models or globs, like qwen-*,text-embedding-v4'),
  value('alias', ['aliases'], 'map', 'names for models: gpt-4o=qwen-plus'),
  value('fallback', ['fallbacks'], 'chains', 'models to ask when one fails: qwen-max=qwen-plus+qwen-flash'),
  value('endpoints', ['endpoints'], 'list', 'names from the table of endpoints'),
  value('origin', ['origins'], 'list', 'origins whose pages may call; "none": no page may'),
  value('workspace', ['workspaces'], 'list', 'workspaces of the account that requests may name'),
  value('knowledge', ['knowledge'], 'list', 'knowledge bases and memories that requests may name'),
  value('ip', ['ip_ranges'], 'list', 'addresses that may use the key, like 203.0.113.0/24'),
  value('region', ['regions'], 'list', 'regions that its requests never leave, like beijing'),
  value('expires', ['expires_at'], 'moment', 'a span (12h, 30d), a day or a time with its zone'),
  value('cache-ttl', ['cache', 'ttl_seconds'], 'whole', 'seconds that answers are kept'),
  value('cache-scope', ['cache', 'scope'], 'text', 'share cached answers with keys of the same scope'),
  ...LIMITS.map(([flag, field, kind, meaning]) => value(flag, ['limits', field], kind, meaning)),
  ...LIMITS.map(([flag, field, kind, meaning]) =>
    value(`user-${flag}`, ['user_limits', field], kind, `${meaning}, for each end user`),
  ),
  value('max-tokens', ['caps', 'max_tokens'], 'whole', 'output tokens that a request may ask for'),
  value('max-n', ['caps', 'n'], 'whole', 'answers that a request may ask for'),
  value('max-thinking', ['caps', 'thinking_budget'], 'whole', 'thinking tokens that a request may ask for'),
  value('max-media', ['caps', 'media_parts'], 'whole', 'images, frames, audios and documents in a request'),
  value('max-media-bytes', ['caps', 'media_bytes'], 'whole', 'bytes of data: URLs in a request'),
  value('max-session', ['caps', 'session_seconds'], 'whole', 'seconds that a WebSocket may stay open'),
  value('max-audio', ['caps', 'audio_seconds'], 'whole', 'seconds of audio in a task or session'),
  value('max-upload-bytes', ['caps', 'upload_bytes'], 'whole', 'bytes of one temporary upload'),
  value('upload-type', ['caps', 'upload_types'], 'list', 'media types of temporary uploads, like image/*'),
  value('turnstile-host', ['mint', 'turnstile', 'hostnames'], 'list', 'hosts that may mint by Turnstile'),
  value('turnstile-action', ['mint', 'turnstile', 'action'], 'text', 'the action their widget names'),
  value('issuer', ['mint', 'issuers'], 'list', 'issuers of JWT_ISSUERS whose users may mint'),
  value('mint-requests', ['mint', 'budget', 'requests'], 'whole', 'requests that such a token may make'),
  value('mint-tokens', ['mint', 'budget', 'tokens'], 'whole', 'tokens that such a token may use'),
  value('mint-model', ['mint', 'frozen', 'model'], 'text', 'the only model of such a token'),
  value('mint-system', ['mint', 'frozen', 'system'], 'text', 'the system message of such a token'),
  value('mint-parameters', ['mint', 'frozen', 'parameters'], 'json', 'parameters that it fixes: {"seed":1}'),
  value('users-from', ['user_from'], 'text', '"body": the field "user" names the end user'),
  value('max-jobs', ['jobs', 'open'], 'whole', 'unfinished jobs at the same time'),
  value('alert', ['alerts', 'percent'], 'numbers', 'percentages of a budget that send an event: 50,80,100'),
]

export const SWITCHES: readonly Switch[] = [
  forbids('no-cache', 'cache', ['cache', 'enabled'], 'keep no answers'),
  {
    flag: 'cache-streams',
    back: 'no-cache-streams',
    path: ['cache', 'streams'],
    value: true,
    meaning: 'keep the answers of completed streams too',
  },
  forbids('no-search', 'search', ['caps', 'enable_search'], 'no web search'),
  forbids('no-tools', 'tools', ['caps', 'tools'], 'no tools'),
  forbids('no-thinking', 'thinking', ['caps', 'enable_thinking'], 'no thinking'),
  forbids('unmetered', 'metered', ['metered'], 'record no usage'),
  forbids('no-jobs', 'jobs', ['jobs'], 'no jobs'),
  { flag: 'hooks', back: 'no-hooks', path: ['hooks'], value: true, meaning: 'may manage hooks of its own' },
]

/** Fields that only `--no-…` can name: it removes everything below them. */
export const GROUPS: readonly string[] = ['limits', 'user_limits', 'caps', 'mint']

/** The flags that remove a field; a key always has a name. */
export function removalFlags(): { flag: string; path: readonly string[] }[] {
  const values = VALUE_FLAGS.filter(({ flag }) => flag !== 'name')
  return [
    ...values.map(({ flag, path }) => ({ flag: `no-${flag}`, path })),
    ...GROUPS.map((field) => ({ flag: `no-${field.replace('_', '-')}`, path: [field] })),
  ]
}

/** What stands for a flag's value in the help. */
export const PLACEHOLDERS: Readonly<Record<ValueFlag['kind'], string>> = {
  text: '<text>',
  list: '<a,b>',
  numbers: '<1,2>',
  map: '<a=b>',
  chains: '<a=b+c>',
  json: '<json>',
  whole: '<number>',
  decimal: '<amount>',
  moment: '<when>',
}

function value(flag: string, path: readonly string[], kind: ValueFlag['kind'], meaning: string): ValueFlag {
  return { flag, path, kind, meaning }
}

function forbids(flag: string, back: string, path: readonly string[], meaning: string): Switch {
  return { flag, back, path, value: false, meaning }
}
