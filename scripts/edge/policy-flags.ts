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
}

/** A pair of flags: one sets a value in the record, `false` if it forbids something, and the other removes it. */
export interface Switch {
  flag: string
  back: string
  path: readonly string[]
  value: boolean
}

const LIMITS: readonly (readonly [string, string, ValueFlag['kind']])[] = [
  ['rpm', 'requests_per_minute', 'whole'],
  ['tpm', 'tokens_per_minute', 'whole'],
  ['in-flight', 'requests_in_flight', 'whole'],
  ['budget-day', 'tokens_per_day', 'whole'],
  ['budget-month', 'tokens_per_month', 'whole'],
  ['money-day', 'money_per_day', 'decimal'],
  ['money-month', 'money_per_month', 'decimal'],
  ['audio-day', 'audio_seconds_per_day', 'whole'],
  ['characters-day', 'characters_per_day', 'whole'],
]

/** All flags for a field of the record (src/policy/key-record.ts). */
export const VALUE_FLAGS: readonly ValueFlag[] = [
  value('name', ['name'], 'text'),
  value('models', ['models'], 'list'),
  value('alias', ['aliases'], 'map'),
  value('fallback', ['fallbacks'], 'chains'),
  value('endpoints', ['endpoints'], 'list'),
  value('origin', ['origins'], 'list'),
  value('workspace', ['workspaces'], 'list'),
  value('knowledge', ['knowledge'], 'list'),
  value('ip', ['ip_ranges'], 'list'),
  value('region', ['regions'], 'list'),
  value('expires', ['expires_at'], 'moment'),
  value('cache-ttl', ['cache', 'ttl_seconds'], 'whole'),
  value('cache-scope', ['cache', 'scope'], 'text'),
  ...LIMITS.map(([flag, field, kind]) => value(flag, ['limits', field], kind)),
  ...LIMITS.map(([flag, field, kind]) => value(`user-${flag}`, ['user_limits', field], kind)),
  value('max-tokens', ['caps', 'max_tokens'], 'whole'),
  value('max-n', ['caps', 'n'], 'whole'),
  value('max-thinking', ['caps', 'thinking_budget'], 'whole'),
  value('max-media', ['caps', 'media_parts'], 'whole'),
  value('max-media-bytes', ['caps', 'media_bytes'], 'whole'),
  value('max-session', ['caps', 'session_seconds'], 'whole'),
  value('max-audio', ['caps', 'audio_seconds'], 'whole'),
  value('max-upload-bytes', ['caps', 'upload_bytes'], 'whole'),
  value('upload-type', ['caps', 'upload_types'], 'list'),
  value('turnstile-host', ['mint', 'turnstile', 'hostnames'], 'list'),
  value('turnstile-action', ['mint', 'turnstile', 'action'], 'text'),
  value('issuer', ['mint', 'issuers'], 'list'),
  value('mint-requests', ['mint', 'budget', 'requests'], 'whole'),
  value('mint-tokens', ['mint', 'budget', 'tokens'], 'whole'),
  value('mint-model', ['mint', 'frozen', 'model'], 'text'),
  value('mint-system', ['mint', 'frozen', 'system'], 'text'),
  value('mint-parameters', ['mint', 'frozen', 'parameters'], 'json'),
  value('users-from', ['user_from'], 'text'),
  value('max-jobs', ['jobs', 'open'], 'whole'),
  value('alert', ['alerts', 'percent'], 'numbers'),
]

export const SWITCHES: readonly Switch[] = [
  forbids('no-cache', 'cache', ['cache', 'enabled']),
  {
    flag: 'cache-streams',
    back: 'no-cache-streams',
    path: ['cache', 'streams'],
    value: true,
  },
  forbids('no-search', 'search', ['caps', 'enable_search']),
  forbids('no-tools', 'tools', ['caps', 'tools']),
  forbids('no-thinking', 'thinking', ['caps', 'enable_thinking']),
  forbids('unmetered', 'metered', ['metered']),
  forbids('no-jobs', 'jobs', ['jobs']),
  {
    flag: 'hooks',
    back: 'no-hooks',
    path: ['hooks'],
    value: true,
  },
  {
    flag: 'log-bodies',
    back: 'no-log-bodies',
    path: ['log_bodies'],
    value: true,
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

function value(flag: string, path: readonly string[], kind: ValueFlag['kind']): ValueFlag {
  return { flag, path, kind }
}

function forbids(flag: string, back: string, path: readonly string[]): Switch {
  return { flag, back, path, value: false }
}
