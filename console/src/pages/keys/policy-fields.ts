import type { Texts } from '../../texts/en/index.ts'

/** How a field of a policy is edited. */
export interface PolicyField {
  /** The path of member names: `limits.requests_per_minute`. */
  path: string
  kind: 'text' | 'number' | 'list' | 'switch' | 'json' | 'choice'
  section: keyof Texts['keys']['sections']
  placeholder?: string
  choices?: readonly string[]
}

const LIMITS = [
  'requests_per_minute',
  'tokens_per_minute',
  'requests_in_flight',
  'tokens_per_day',
  'tokens_per_month',
  'money_per_day',
  'money_per_month',
  'audio_seconds_per_day',
  'characters_per_day',
]
const NUMBER_CAPS = [
  'max_tokens',
  'n',
  'thinking_budget',
  'media_parts',
  'media_bytes',
  'upload_bytes',
  'session_seconds',
  'audio_seconds',
]
const OFF_CAPS = ['enable_thinking', 'enable_search', 'tools']

/** Every field of a key, in the order of the form. A new field of the policy is a new row. */
export const POLICY_FIELDS: readonly PolicyField[] = [
  { path: 'name', kind: 'text', section: 'basics', placeholder: 'web' },
  { path: 'expires_at', kind: 'text', section: 'basics', placeholder: '2027-01-31T00:00:00Z' },
  { path: 'disabled', kind: 'switch', section: 'basics' },
  { path: 'models', kind: 'list', section: 'may', placeholder: 'qwen-*' },
  { path: 'endpoints', kind: 'list', section: 'may', placeholder: 'chat-completions' },
  { path: 'aliases', kind: 'json', section: 'may', placeholder: '{"gpt-4o": "qwen-plus"}' },
  { path: 'fallbacks', kind: 'json', section: 'may', placeholder: '{"qwen-max": ["qwen-plus"]}' },
  ...NUMBER_CAPS.map((name) => ({ path: `caps.${name}`, kind: 'number', section: 'caps' }) as const),
  { path: 'caps.upload_types', kind: 'list', section: 'caps', placeholder: 'image/*' },
  ...OFF_CAPS.map(
    (name) => ({ path: `caps.${name}`, kind: 'choice', section: 'caps', choices: ['false'] }) as const,
  ),
  ...LIMITS.map((name) => ({ path: `limits.${name}`, kind: 'number', section: 'limits' }) as const),
  ...LIMITS.map((name) => ({ path: `user_limits.${name}`, kind: 'number', section: 'users' }) as const),
  { path: 'user_from', kind: 'choice', section: 'users', choices: ['body'] },
  { path: 'cache.enabled', kind: 'switch', section: 'cache' },
  { path: 'cache.scope', kind: 'text', section: 'cache' },
  { path: 'cache.ttl_seconds', kind: 'number', section: 'cache' },
  { path: 'cache.streams', kind: 'switch', section: 'cache' },
  {
    path: 'mint',
    kind: 'json',
    section: 'pages',
    placeholder: '{"turnstile": {"hostnames": ["app.example"]}}',
  },
  { path: 'origins', kind: 'list', section: 'safety', placeholder: 'https://app.example' },
  { path: 'ip_ranges', kind: 'list', section: 'safety', placeholder: '192.0.2.0/24' },
  { path: 'regions', kind: 'list', section: 'safety', placeholder: 'beijing' },
  { path: 'workspaces', kind: 'list', section: 'safety', placeholder: 'llm-*' },
  { path: 'knowledge', kind: 'list', section: 'safety', placeholder: 'kb-*' },
  { path: 'metered', kind: 'switch', section: 'safety' },
  { path: 'jobs', kind: 'json', section: 'more', placeholder: '{"open": 100}' },
  { path: 'hooks', kind: 'switch', section: 'more' },
  { path: 'log_bodies', kind: 'switch', section: 'safety' },
  { path: 'alerts', kind: 'json', section: 'more', placeholder: '{"percent": [50, 80, 100]}' },
]

/** A policy while it is edited. */
export type Draft = Record<string, unknown>

/** The value at a path; `undefined` if it is not set. */
export function valueAt(draft: Draft, path: string): unknown {
  const [first = '', second] = path.split('.')
  const value = draft[first]
  if (second === undefined) return value
  return typeof value === 'object' && value !== null ? (value as Draft)[second] : undefined
}

/** Sets or removes a value; an object that becomes empty is removed too. */
export function withValue(draft: Draft, path: string, value: unknown): Draft {
  const [first = '', second] = path.split('.')
  if (second === undefined) return without(draft, first, value)
  const inner = without((draft[first] as Draft | undefined) ?? {}, second, value)
  return without(draft, first, Object.keys(inner).length > 0 ? inner : undefined)
}

/** The body of a change: fields that differ, and `null` for removed ones (RFC 7396). */
export function changeOf(before: Draft, after: Draft): Draft {
  const names = new Set([...Object.keys(before), ...Object.keys(after)])
  const changes = [...names].filter((name) => JSON.stringify(before[name]) !== JSON.stringify(after[name]))
  return Object.fromEntries(changes.map((name) => [name, after[name] ?? null]))
}

/** The fields of a record that can be edited. */
export function draftOf(record: Draft): Draft {
  const names = new Set(POLICY_FIELDS.map(({ path }) => path.split('.')[0] ?? ''))
  return Object.fromEntries(Object.entries(record).filter(([name]) => names.has(name)))
}

/** The field at the start of a message of the gateway, as in `limits.tokens_per_day: expected …`. */
export function fieldOf(message: string): string | undefined {
  return /^([\w.]+)(?:\[\d+\])?: /.exec(message)?.[1]
}

function without(draft: Draft, name: string, value: unknown): Draft {
  const { [name]: _before, ...others } = draft
  return value === undefined ? others : { ...others, [name]: value }
}
