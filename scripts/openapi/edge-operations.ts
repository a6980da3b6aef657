import { explainBody } from '../../src/edge/explain/schema.ts'
import { endpointChange, newEndpoint, redelivery, rotation } from '../../src/edge/jobs/bodies.ts'
import { hookChange, newHook, newPreset, presetChange, presetRun } from '../../src/hooks/hook-schema.ts'
import { keyChange, newKey } from '../../src/policy/schema/key.ts'
import { mintBody } from '../../src/policy/schema/mint.ts'
import type { BodySchema } from './json-schema.ts'

/** Who may call an operation of the gateway's own API. */
type Access = 'public' | 'client' | 'operator' | 'either' | 'platform'

export interface EdgeOperation {
  method: 'get' | 'post' | 'patch' | 'delete' | 'options'
  /** Below `/edge`, with parameters as in `/keys/{id}`. */
  path: string
  summary: string
  access: Access
  /** Status of a successful response. */
  status: 200 | 201 | 202 | 204
  body?: BodySchema
  /** Fields of a multipart form. */
  form?: Readonly<Record<string, 'string' | 'binary'>>
  query?: readonly string[]
}

const PAGE = ['limit', 'cursor', 'since', 'until', 'status', 'key'] as const
const REPORT = ['from', 'to', 'group_by', 'key', 'format'] as const

/**
 * The body of `POST /edge/jobs`, which is read from its text, so that the inner request body is sent to DashScope
 * byte for byte.
 */
const JOB = {
  oneOf: [
    jobFrom('request', {
      type: 'object',
      properties: {
        method: { type: 'string', default: 'POST' },
        path: { type: 'string', pattern: '^/' },
        headers: { type: 'object', additionalProperties: { type: 'string' } },
        body: {},
      },
      required: ['path'],
    }),
    jobFrom('task_id', { type: 'string', pattern: '^[\\w-]{1,128}$' }),
  ],
}

/** The gateway's own API. A new path is a new row; a test compares the rows with the router. */
export const EDGE_OPERATIONS: readonly EdgeOperation[] = [
  row(
    'get',
    '/health',
    'Whether the gateway answers; with deep=1 every finding of the doctor',
    'public',
    200,
    { query: ['deep'] },
  ),
  row('post', '/session', 'Exchange ADMIN_TOKEN for a session of 30 minutes', 'operator', 201, {
    body: {
      type: 'object',
      properties: { scope: { enum: ['read', 'all'], default: 'read' } },
      additionalProperties: false,
    },
  }),
  row('delete', '/session', 'End the session', 'operator', 204),
  row('get', '/keys', 'List client keys, newest first', 'operator', 200, { query: ['cursor'] }),
  row('post', '/keys', 'Create a client key; only this response contains it', 'operator', 201, {
    body: newKey,
  }),
  row('get', '/keys/{id}', 'Show a client key', 'operator', 200),
  row('patch', '/keys/{id}', 'Change a client key; null removes a field', 'operator', 200, {
    body: keyChange,
  }),
  row('delete', '/keys/{id}', 'Revoke a client key', 'operator', 204),
  row('delete', '/cache', 'Purge the cached responses of a key and of its scope', 'operator', 200, {
    query: ['key'],
  }),
  row('post', '/tokens', 'Mint a session token for a page', 'either', 201, { body: mintBody }),
  row('post', '/uploads', "Upload a small file to DashScope's temporary storage", 'client', 201, {
    form: { file: 'binary', model: 'string' },
  }),
  row('get', '/me', 'The caller, its permissions and its remaining limits', 'either', 200),
  row('get', '/prices', 'The effective price table', 'either', 200),
  row(
    'post',
    '/explain',
    'Explain a request: the rule that would refuse it, or how it would be served',
    'either',
    200,
    { body: explainBody },
  ),
  row(
    'get',
    '/usage',
    'Usage by hour, day, model, user, key, endpoint or region, as JSON or CSV',
    'either',
    200,
    {
      query: [...REPORT, 'bom', 'cursor'],
    },
  ),
  row('get', '/latency', 'Percentiles of the time to the first byte and in total', 'either', 200, {
    query: REPORT,
  }),
  row('get', '/errors', 'Counts of errors by status and code', 'either', 200, { query: REPORT }),
  row('get', '/requests', 'The newest requests, without prompts, as JSON or CSV', 'either', 200, {
    query: [
      'key',
      'limit',
      'before',
      'since',
      'id',
      'model',
      'user',
      'endpoint',
      'status',
      'ending',
      'code',
      'region',
      'format',
    ],
  }),
  row(
    'get',
    '/requests/{id}',
    'One request by its X-Edge-Request-Id, with body and answer if they are kept',
    'either',
    200,
    { query: ['key'] },
  ),
  row('get', '/metrics', 'Counters in Prometheus text format', 'operator', 200),
  row('get', '/jobs', 'List jobs', 'either', 200, { query: [...PAGE, 'kind', 'model'] }),
  row('post', '/jobs', 'Create a job from a request in the body', 'client', 202, { body: JOB }),
  row('get', '/jobs/deliveries', 'List deliveries to webhooks', 'either', 200, { query: [...PAGE, 'job'] }),
  row('post', '/jobs/deliveries/redeliver', 'Deliver many messages again', 'either', 202, {
    body: redelivery(),
  }),
  row('post', '/jobs/deliveries/{id}/redeliver', 'Deliver a message again', 'either', 202),
  row('get', '/jobs/endpoints', 'List webhook endpoints', 'either', 200),
  row('post', '/jobs/endpoints', 'Create a webhook endpoint', 'either', 201, { body: newEndpoint() }),
  row('get', '/jobs/endpoints/{id}', 'Show a webhook endpoint', 'either', 200),
  row('patch', '/jobs/endpoints/{id}', 'Change a webhook endpoint', 'either', 200, {
    body: endpointChange(),
  }),
  row('delete', '/jobs/endpoints/{id}', 'Delete a webhook endpoint', 'either', 204),
  row('post', '/jobs/endpoints/{id}/test', 'Send a test message', 'either', 202),
  row('get', '/jobs/endpoints/{id}/secret', 'Show the signing secrets of an endpoint', 'either', 200),
  row('post', '/jobs/endpoints/{id}/secret/rotate', 'Make a new signing secret', 'either', 200, {
    body: rotation(),
  }),
  row('get', '/jobs/secret', 'Show the signing secrets of the key', 'either', 200),
  row('post', '/jobs/secret/rotate', 'Make a new signing secret for the key', 'either', 200, {
    body: rotation(),
  }),
  row('get', '/jobs/{id}', 'Show a job', 'either', 200),
  row('delete', '/jobs/{id}', 'Delete a job that has ended', 'either', 204),
  row('get', '/jobs/{id}/response', "DashScope's response, byte for byte", 'either', 200),
  row('post', '/jobs/{id}/cancel', 'Cancel a job', 'either', 200),
  row('post', '/jobs/{id}/retry', 'Run a failed job again', 'either', 202),
  row('get', '/hooks', 'List hooks', 'either', 200),
  row('post', '/hooks', 'Create a hook', 'either', 201, { body: newHook }),
  row('get', '/hooks/{id}', 'Show a hook', 'either', 200),
  row('patch', '/hooks/{id}', 'Change a hook', 'either', 200, { body: hookChange }),
  row('delete', '/hooks/{id}', 'Delete a hook', 'either', 204),
  row('get', '/hooks/{id}/in', "A platform's handshake", 'platform', 200),
  row('options', '/hooks/{id}/in', "A platform's check of the URL", 'platform', 200),
  row('post', '/hooks/{id}/in', "A platform's event", 'platform', 200),
  row('post', '/hooks/{id}/test', 'Render the prompt for an event; nothing is sent', 'either', 200),
  row('get', '/hooks/{id}/events', 'List the events of a hook', 'either', 200, { query: PAGE }),
  row('post', '/hooks/{id}/events/{event}/replay', 'Run an event again', 'either', 202),
  row('get', '/presets', 'List prompt presets', 'either', 200),
  row('post', '/presets', 'Create a preset', 'either', 201, { body: newPreset }),
  row('get', '/presets/{id}', 'Show a preset', 'either', 200),
  row('patch', '/presets/{id}', 'Change a preset', 'either', 200, { body: presetChange }),
  row('delete', '/presets/{id}', 'Delete a preset', 'either', 204),
  row('post', '/presets/{id}/run', 'Run a preset with variables', 'client', 200, { body: presetRun }),
]

function row(
  method: EdgeOperation['method'],
  path: string,
  summary: string,
  access: Access,
  status: EdgeOperation['status'],
  more: Pick<EdgeOperation, 'body' | 'form' | 'query'> = {},
): EdgeOperation {
  return { method, path, summary, access, status, ...more }
}

function jobFrom(name: string, schema: object) {
  return {
    type: 'object',
    properties: {
      [name]: schema,
      webhook: { type: ['string', 'null'] },
      metadata: { type: 'object', additionalProperties: { type: 'string' }, maxProperties: 16 },
    },
    required: [name],
    additionalProperties: false,
  }
}
