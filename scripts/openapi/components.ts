import type { Dialect } from '../../src/errors.ts'
import { EDGE_SCHEMAS } from './edge-schemas.ts'
import { RESPONSE_EXAMPLES } from './response-examples.ts'
import { RESPONSE_SCHEMAS } from './response-schemas.ts'
import { list, object, text, whole } from './shapes.ts'

type Json = Record<string, unknown>

/** The response of an error, by the dialect of the path and the status. */
export function errorResponses(dialect: Dialect, statuses: readonly ErrorStatus[]): Json {
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/${dialect}${status}` }]),
  )
}

export type ErrorStatus = keyof typeof ERRORS

/** Statuses of the gateway's own errors (docs/errors.md), with the headers that come with them. */
const ERRORS = {
  400: { description: 'The request is malformed', headers: [] },
  401: { description: 'No credential, or one that does not work', headers: ['WWW-Authenticate'] },
  403: { description: 'The policy of the key refuses', headers: [] },
  404: { description: 'There is no such path, task, file or record', headers: [] },
  405: { description: 'The path has other methods', headers: ['Allow'] },
  409: { description: 'The state of the resource forbids it', headers: [] },
  413: { description: 'The body is too large', headers: [] },
  415: { description: 'The body has another media type', headers: [] },
  422: { description: 'The Idempotency-Key came with another body before', headers: [] },
  429: { description: 'A limit is reached', headers: ['Retry-After', 'RateLimit', 'RateLimit-Policy'] },
  502: { description: 'DashScope was not reached or broke off', headers: ['X-Edge-Attempts'] },
  503: { description: 'A part of the gateway or DashScope is not available', headers: ['Retry-After'] },
  504: { description: 'No response in time, or none in the cache', headers: ['X-Edge-Attempts'] },
} as const

/** Headers that responses carry, by their names. */
const HEADERS: Readonly<Record<string, Json>> = {
  'X-Edge-Request-Id': { description: 'The id of the request in the log', schema: text('') },
  'Cache-Status': {
    description: 'Whether the response came from the cache (RFC 9211)',
    schema: text(''),
    example: 'dashscope-edge; hit; ttl=3540',
  },
  Age: { description: 'Seconds since the response was stored', schema: whole('') },
  'X-Edge-Attempts': { description: 'How often the request was sent to DashScope', schema: whole('') },
  'X-Edge-Model': {
    description: 'The model that answered, for keys with aliases or fallbacks',
    schema: text(''),
  },
  RateLimit: {
    description: 'What is left of each limit (IETF draft ratelimit-headers)',
    schema: text(''),
    example: '"requests_per_minute";r=59;t=60',
  },
  'RateLimit-Policy': {
    description: 'The limits of the caller',
    schema: text(''),
    example: '"requests_per_minute";q=60;w=60',
  },
  'Retry-After': { description: 'Seconds until the request may be sent again', schema: whole('') },
  'WWW-Authenticate': { description: 'The scheme of the credential', schema: text(''), example: 'Bearer' },
  Allow: { description: 'The methods of the path', schema: text('') },
  'Server-Timing': { description: 'Milliseconds in each part of the gateway', schema: text('') },
}

/** References to headers, for a response. */
export function headers(...names: (keyof typeof HEADERS)[]): Json {
  return Object.fromEntries(
    ['X-Edge-Request-Id', ...names].map((name) => [name, { $ref: `#/components/headers/${name}` }]),
  )
}

const SCHEMAS: Readonly<Record<Dialect, string>> = {
  native: 'NativeError',
  compatible: 'CompatibleError',
  anthropic: 'AnthropicError',
}

const EXAMPLES: Readonly<Record<Dialect, Json>> = {
  native: { code: 'InvalidParameter', message: 'model: expected a string, got 1.', request_id: '8f14e45f' },
  compatible: {
    error: {
      message: 'model: expected a string, got 1.',
      type: 'invalid_request_error',
      param: 'model',
      code: 'invalid_parameter_error',
    },
    request_id: '8f14e45f',
  },
  anthropic: {
    type: 'error',
    error: { type: 'invalid_request_error', message: 'model: expected a string, got 1.' },
    request_id: '8f14e45f',
  },
}

function errorComponents(): Json {
  return Object.fromEntries(
    (Object.keys(SCHEMAS) as Dialect[]).flatMap((dialect) =>
      Object.entries(ERRORS).map(([status, { description, headers: names }]) => [
        dialect + status,
        {
          description,
          headers: headers(...names),
          content: {
            'application/json': {
              schema: { $ref: `#/components/schemas/${SCHEMAS[dialect]}` },
              ...(status === '400' && { example: EXAMPLES[dialect] }),
            },
          },
        },
      ]),
    ),
  )
}

function withExamples(schemas: Readonly<Record<string, Json>>): Json {
  return Object.fromEntries(
    Object.entries(schemas).map(([name, schema]) => {
      const example = RESPONSE_EXAMPLES[name]
      return [name, example === undefined ? schema : { ...schema, examples: [example] }]
    }),
  )
}

/** The shared components of operations. */
export const COMPONENTS: Json = {
  securitySchemes: {
    clientKey: {
      type: 'http',
      scheme: 'bearer',
      description: 'A client key (dse_…) or a session token (dst_…)',
    },
    operator: {
      type: 'http',
      scheme: 'bearer',
      description: 'ADMIN_TOKEN, or a session made from it (dso_…)',
    },
  },
  headers: HEADERS,
  responses: errorComponents(),
  schemas: {
    NativeError: object({ code: text(''), message: text(''), request_id: text('') }),
    CompatibleError: object(
      {
        error: object(
          { message: text(''), type: text(''), param: { type: ['string', 'null'] }, code: text('') },
          ['message', 'type', 'code'],
        ),
        request_id: text(''),
      },
      ['error'],
    ),
    AnthropicError: object(
      {
        type: { const: 'error' },
        error: object({ type: text(''), message: text('') }),
        request_id: text(''),
      },
      ['type', 'error'],
    ),
    ...withExamples(RESPONSE_SCHEMAS),
    ...EDGE_SCHEMAS,
    Page: object({ data: list({ type: 'object' }), next_cursor: { type: ['string', 'null'] } }, ['data']),
  },
}
