import { flag, list, map, moment, number, object, ref, text, whole } from './shapes.ts'

type Json = Record<string, unknown>

const limits = map(number(''))
const kept = object(
  { text: text('at most 16 kB'), cut: { ...flag, description: 'Whether a part is missing' } },
  ['text'],
)
const nullable = (type: string): Json => ({ type: [type, 'null'] })
const percentiles = object({ p50: number(''), p90: number(''), p99: number('') }, [])

/** A report over days: its rows, and notes about missing keys. */
function report(row: Json, more: Json = {}): Json {
  return object(
    {
      from: text('day of BILLING_TIME_ZONE'),
      to: text(''),
      group_by: list(text('')),
      rows: list(row),
      ...more,
    },
    ['from', 'to', 'group_by', 'rows'],
  )
}

const LATENCY = object(
  { requests: whole(''), first_ms: percentiles, total_ms: percentiles, tokens_per_second: {} },
  ['requests'],
)

/** Responses of the gateway's own API, by their names in the document. */
export const EDGE_SCHEMAS: Readonly<Record<string, Json>> = {
  Health: object(
    {
      status: { enum: ['ok', 'broken'] },
      version: text(''),
      access: { ...flag, description: 'Whether Cloudflare Access signs operators in' },
      checked_at: moment,
      findings: list(
        object({ check: text(''), ok: flag, says: text(''), fix: text('') }, ['check', 'ok', 'says']),
      ),
    },
    ['status'],
  ),
  Session: object({
    token: text('dso_…'),
    expires_at: moment,
    expires_in: whole('seconds'),
    scope: text(''),
  }),
  Key: object(
    {
      id: text('key_ and 16 hexadecimal digits'),
      name: text(''),
      created_at: moment,
      expires_at: moment,
      disabled: flag,
      models: list(text('a name or a glob')),
      endpoints: list(text('')),
      origins: list(text('')),
      limits,
      user_limits: limits,
      caps: { type: 'object' },
      cache: { type: 'object' },
      log_bodies: { ...flag, description: 'Whether bodies are kept, if LOG_BODIES is on' },
    },
    ['id', 'name', 'created_at'],
  ),
  NewKey: { allOf: [ref('Key'), object({ key: text('dse_…; shown once') })] },
  KeyList: object({ keys: list(ref('Key')), cursor: text('of the next page') }, ['keys']),
  Purged: object({ purged: {} }),
  Minted: object(
    { token: text('dst_…'), expires_at: moment, expires_in: whole('seconds'), id: text(''), user: text('') },
    ['token', 'expires_at', 'expires_in', 'id'],
  ),
  LimitLeft: object({
    name: text('as in the policy'),
    quota: number(''),
    remaining: number(''),
    window_seconds: whole(''),
    reset_seconds: number(''),
  }),
  Me: object(
    {
      kind: { enum: ['key', 'token', 'operator'] },
      id: text(''),
      name: text(''),
      user: text(''),
      currency: text(''),
      version: text(''),
      max_body_bytes: whole(''),
      request_log: whole('rows of the request log; 0: off'),
      limits_left: list(ref('LimitLeft')),
    },
    ['kind', 'currency', 'version'],
  ),
  Prices: object({ currency: text(''), prices: map({ type: 'object' }), units: map(text('')) }),
  Explanation: {
    oneOf: [
      object(
        {
          allowed: { const: false },
          status: whole('of the refusal'),
          code: text('in the native dialect'),
          reason: text(''),
          rule: { ...nullable('string'), description: 'the field of the key that refuses' },
          param: { ...nullable('string'), description: 'the field of the request that is wrong' },
          limit: ref('LimitLeft'),
          message: text('the sentence that the caller would get'),
        },
        ['allowed', 'status', 'code', 'reason', 'rule', 'param', 'message'],
      ),
      object({
        allowed: { const: true },
        endpoint: text(''),
        model: text(''),
        fallbacks: list(text('')),
        region: text(''),
        cache: object({ result: { enum: ['hit', 'miss', 'bypass'] }, age_seconds: number('') }, ['result']),
        estimate: object({
          input_tokens: whole(''),
          output_tokens: whole(''),
          money: nullable('number'),
          currency: text(''),
        }),
      }),
    ],
  },
  UsageReport: report(
    object({ requests: whole(''), input_tokens: whole(''), output_tokens: whole(''), money: number('') }, [
      'requests',
    ]),
    { currency: text(''), time_zone: text(''), total: { type: 'object' }, cursor: text('of the next page') },
  ),
  LatencyReport: report(LATENCY, { total: LATENCY }),
  ErrorReport: report(
    object({ code: text(''), status: whole(''), reason: text(''), requests: whole('') }, ['requests']),
  ),
  RequestRow: object(
    {
      key: text(''),
      seq: whole(''),
      id: text('X-Edge-Request-Id'),
      started_at: moment,
      endpoint: text(''),
      model: text(''),
      status: whole('0: the caller left'),
      ending: text(''),
      cache: text(''),
      first_ms: number(''),
      total_ms: number(''),
      input: whole(''),
      output: whole(''),
      money: number(''),
      attempts: list({ type: 'object' }),
      has_body: { ...flag, description: 'Whether the body is kept' },
      body: kept,
      answer: kept,
    },
    ['key', 'seq', 'id', 'started_at', 'status'],
  ),
  RequestPage: object({ rows: list(ref('RequestRow')), next: nullable('string'), newest: text('for since') }),
  Job: object(
    {
      id: text(''),
      object: { const: 'job' },
      kind: { enum: ['call', 'task', 'hook'] },
      status: { enum: ['queued', 'running', 'waiting', 'succeeded', 'failed', 'canceled', 'expired'] },
      key: text(''),
    },
    ['id', 'kind', 'status'],
  ),
  Delivery: object({ id: text('') }),
  WebhookEndpoint: object({ id: text(''), url: text('') }),
  Secrets: object({ secrets: {} }),
  Hook: object({ id: text(''), name: text(''), kind: text('') }),
  Preset: object({ id: text(''), name: text('') }),
  Count: object({ count: whole('') }),
}
