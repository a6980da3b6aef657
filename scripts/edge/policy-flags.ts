/** A flag that sets a value in a key's record. */
export interface ValueFlag {
  flag: string
  /** The path of the value in the record. */
  path: readonly string[]
  /**
   * `list`: repeatable, and comma-separated; `numbers`: a list of whole numbers. `map`: a list of `name=value`;
   * `chains`: a list of `name=value+value`. `whole`, `decimal`: numbers. `moment`: a time, or a duration from now.
   * `json`: an object.
   */
  kind: 'text' | 'list' | 'numbers' | 'map' | 'chains' | 'whole' | 'decimal' | 'moment' | 'json'
  meaning: string
}

/** A pair of flags: one sets a value in the record, `false` if it forbids something, and the other removes it. */
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
  ['in-flight', 'requests_in_flight', 'whole', 'concurrent requests'],
  ['budget-day', 'tokens_per_day', 'whole', 'tokens per day'],
  ['budget-month', 'tokens_per_month', 'whole', 'tokens per month'],
  ['money-day', 'money_per_day', 'decimal', 'money per day, in the currency of the price table'],
  ['money-month', 'money_per_month', 'decimal', 'money per month'],
  ['audio-day', 'audio_seconds_per_day', 'whole', 'seconds of audio per day'],
  ['characters-day', 'characters_per_day', 'whole', 'characters of speech per day'],
]

/** All flags for a field of the record (src/policy/key-record.ts). */
export const VALUE_FLAGS: readonly ValueFlag[] = [
  value('name', ['name'], 'text', 'a label for people'),
  value('models', ['models'], 'list', 'models or globs, like qwen-*,text-embedding-v4'),
  value('alias', ['aliases'], 'map', 'aliases of models: gpt-4o=qwen-plus'),
  value('fallback', ['fallbacks'], 'chains', 'models to try when one fails: qwen-max=qwen-plus+qwen-flash'),
  value('endpoints', ['endpoints'], 'list', 'names from the table of endpoints'),
  value('origin', ['origins'], 'list', 'origins whose pages may use the key; "none": no pages'),
  value('workspace', ['workspaces'], 'list', 'workspaces of the account that requests may use'),
  value('knowledge', ['knowledge'], 'list', 'knowledge bases and memories that requests may use'),
  value('ip', ['ip_ranges'], 'list', 'IP addresses that may use the key, like 203.0.113.0/24'),
  value('region', ['regions'], 'list', 'regions that its requests are restricted to, like beijing'),
  value('expires', ['expires_at'], 'moment', 'a duration (12h, 30d), a day or a time with its zone'),
  value('cache-ttl', ['cache', 'ttl_seconds'], 'whole', 'seconds that responses are cached'),
  value('cache-scope', ['cache', 'scope'], 'text', 'share cached responses with keys of the same scope'),
  ...LIMITS.map(([flag, field, kind, meaning]) => value(flag, ['limits', field], kind, meaning)),
  ...LIMITS.map(([flag, field, kind, meaning]) =>
    value(`user-${flag}`, ['user_limits', field], kind, `${meaning}, for each end user`),
  ),
  value('max-tokens', ['caps', 'max_tokens'], 'whole', 'maximum output tokens of a request'),
  value('max-n', ['caps', 'n'], 'whole', 'maximum number of responses (n) of a request'),
  value('max-thinking', ['caps', 'thinking_budget'], 'whole', 'maximum thinking tokens of a request'),
  value(
    'max-media',
    ['caps', 'media_parts'],
    'whole',
    'maximum images, frames, audios and documents in a request',
  ),
  value('max-media-bytes', ['caps', 'media_bytes'], 'whole', 'maximum bytes of data: URLs in a request'),
  value('max-session', ['caps', 'session_seconds'], 'whole', 'maximum seconds that a WebSocket stays open'),
  value('max-audio', ['caps', 'audio_seconds'], 'whole', 'maximum seconds of audio in a task or session'),
  value('max-upload-bytes', ['caps', 'upload_bytes'], 'whole', 'maximum bytes of a temporary upload'),
  value(
    'upload-type',
    ['caps', 'upload_types'],
    'list',
    'allowed media types of temporary uploads, like image/*',
  ),
  value(
    'turnstile-host',
    ['mint', 'turnstile', 'hostnames'],
    'list',
    'hosts whose pages may get tokens by Turnstile',
  ),
  value('turnstile-action', ['mint', 'turnstile', 'action'], 'text', 'the action of their widget'),
  value('issuer', ['mint', 'issuers'], 'list', 'issuers of JWT_ISSUERS whose users may get tokens'),
  value('mint-requests', ['mint', 'budget', 'requests'], 'whole', 'request budget of such a token'),
  value('mint-tokens', ['mint', 'budget', 'tokens'], 'whole', 'token budget of such a token'),
  value('mint-model', ['mint', 'frozen', 'model'], 'text', 'the only model of such a token'),
  value('mint-system', ['mint', 'frozen', 'system'], 'text', 'the system message of such a token'),
  value(
    'mint-parameters',
    ['mint', 'frozen', 'parameters'],
    'json',
    'frozen parameters of such a token: {"seed":1}',
  ),
  value('users-from', ['user_from'], 'text', '"body": the field "user" contains the end user'),
  value('max-jobs', ['jobs', 'open'], 'whole', 'maximum number of unfinished jobs'),
  value(
    'alert',
    ['alerts', 'percent'],
    'numbers',
    'percentages of a budget at which an event is sent: 50,80,100',
  ),
]

export const SWITCHES: readonly Switch[] = [
  forbids('no-cache', 'cache', ['cache', 'enabled'], 'keep no answers'),
  {
    flag: 'cache-streams',
    back: 'no-cache-streams',
    path: ['cache', 'streams'],
    value: true,
    meaning: 'cache the responses of completed streams too',
  },
  forbids('no-search', 'search', ['caps', 'enable_search'], 'no web search'),
  forbids('no-tools', 'tools', ['caps', 'tools'], 'no tools'),
  forbids('no-thinking', 'thinking', ['caps', 'enable_thinking'], 'no thinking'),
  forbids('unmetered', 'metered', ['metered'], 'record no usage'),
  forbids('no-jobs', 'jobs', ['jobs'], 'no jobs'),
  {
    flag: 'hooks',
    back: 'no-hooks',
    path: ['hooks'],
    value: true,
    meaning: 'allow the key to manage its own hooks',
  },
  {
    flag: 'log-bodies',
    back: 'no-log-bodies',
    path: ['log_bodies'],
    value: true,
    meaning: 'keep bodies and responses of the newest requests for 24 hours, if LOG_BODIES=on',
  },
]

/** Groups of fields with only a `--no-…` flag, which removes the whole group. */
export const GROUPS: readonly string[] = ['limits', 'user_limits', 'caps', 'mint']

/** The flags that remove a field; the name cannot be removed. */
export function removalFlags(): { flag: string; path: readonly string[] }[] {
  const values = VALUE_FLAGS.filter(({ flag }) => flag !== 'name')
  return [
    ...values.map(({ flag, path }) => ({ flag: `no-${flag}`, path })),
    ...GROUPS.map((field) => ({ flag: `no-${field.replace('_', '-')}`, path: [field] })),
  ]
}

/** The placeholders for flag values in the help. */
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
