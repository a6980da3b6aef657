import packageJson from '../../package.json' with { type: 'json' }
import type { Endpoint } from '../../src/dashscope/endpoint.ts'
import { ENDPOINTS } from '../../src/dashscope/endpoint-table.ts'
import { COMPONENTS, type ErrorStatus, errorResponses, headers } from './components.ts'
import { EDGE_OPERATIONS, type EdgeOperation } from './edge-operations.ts'
import { EDGE_RESPONSES, OTHER_TYPES } from './edge-responses.ts'
import { EXAMPLES } from './examples.ts'
import { jsonSchemaOf } from './json-schema.ts'
import { parametersOf } from './parameters.ts'
import { OPERATION_EXAMPLES } from './response-examples.ts'
import { responseSchemaOf } from './response-schemas.ts'
import { ref } from './shapes.ts'

type Json = Record<string, unknown>

/** The OpenAPI 3.1 document: the forwarded endpoints of DashScope, from the endpoint table, and the gateway's own. */
export function openApiDocument(): Json {
  const paths: Record<string, Json> = {}
  for (const endpoint of ENDPOINTS) {
    const path = endpoint.pattern.template
    paths[path] = { ...paths[path], [endpoint.method.toLowerCase()]: forwarded(endpoint, path) }
  }
  for (const operation of EDGE_OPERATIONS) {
    const path = `/edge${operation.path}`
    paths[path] = { ...paths[path], [operation.method]: own(operation, path) }
  }
  return {
    openapi: '3.1.0',
    info: {
      title: 'dashscope-edge',
      version: packageJson.version,
      description:
        'A gateway for Alibaba DashScope. Bodies of forwarded endpoints are relayed unchanged; DashScope documents their fields.',
      license: { name: packageJson.license, identifier: packageJson.license },
    },
    servers: [{ url: '/' }],
    tags: [{ name: 'native' }, { name: 'compatible' }, { name: 'anthropic' }, { name: 'edge' }],
    security: [{ clientKey: [] }],
    paths,
    components: COMPONENTS,
  }
}

/** Errors that every forwarded endpoint may return in addition to DashScope's. */
const FORWARDED_ERRORS: readonly ErrorStatus[] = [400, 401, 403, 404, 413, 415, 429, 502, 503, 504]

/** Errors of requests that become jobs (docs/webhooks.md). */
const JOB_ERRORS: readonly ErrorStatus[] = [409, 422]

/** The media types of `POST /compatible-mode/v1/audio/speech`, by `response_format`. */
const SPOKEN = ['audio/mpeg', 'audio/wav', 'audio/opus', 'audio/pcm']

function forwarded(endpoint: Endpoint, path: string): Json {
  const { name, dialect, body, schema, stream } = endpoint
  const content = endpoint.isDownload
    ? { 'application/octet-stream': {} }
    : name === 'audio-speech'
      ? Object.fromEntries(SPOKEN.map((type) => [type, {}]))
      : { 'application/json': { schema: responseSchemaOf(endpoint), ...exampleOf(OPERATION_EXAMPLES[name]) } }
  const types =
    stream === 'never' ? content : { ...content, 'text/event-stream': { schema: { type: 'string' } } }
  const mayBeJob = body === 'json'
  return {
    operationId: name,
    tags: [dialect],
    summary: name.replaceAll('-', ' '),
    ...parametersOf(path, endpoint.query ?? [], stream === 'header'),
    ...(body === 'json' && {
      requestBody: jsonBody(schema ? jsonSchemaOf(schema() as never) : { type: 'object' }, name),
    }),
    ...(body === 'sdp' && { requestBody: { content: { 'application/sdp': {} } } }),
    ...(body === 'multipart' && { requestBody: { content: { 'multipart/form-data': {} } } }),
    responses: {
      200: {
        description: "DashScope's response, unchanged",
        headers: headers(
          'Cache-Status',
          'Age',
          'X-Edge-Attempts',
          'X-Edge-Model',
          'RateLimit',
          'RateLimit-Policy',
          'Server-Timing',
        ),
        content: types,
      },
      ...(mayBeJob && {
        202: {
          description: 'The job that runs the request, for `Prefer: respond-async`',
          headers: headers(),
          content: { 'application/json': { schema: ref('Job') } },
        },
      }),
      ...errorResponses(dialect, mayBeJob ? [...FORWARDED_ERRORS, ...JOB_ERRORS] : FORWARDED_ERRORS),
    },
  }
}

function own(
  { method, path: short, summary, access, status, body, form, query = [] }: EdgeOperation,
  path: string,
): Json {
  const name = `${method} ${short}`
  const security = {
    public: [],
    platform: [],
    client: [{ clientKey: [] }],
    operator: [{ operator: [] }],
    either: [{ clientKey: [] }, { operator: [] }],
  }[access]
  return {
    operationId: `${method}${short.replace(/[/{}]+(\w?)/g, (_, letter: string) => letter.toUpperCase())}`,
    tags: ['edge'],
    summary,
    security,
    ...parametersOf(path, query, false),
    ...(body && { requestBody: jsonBody(jsonSchemaOf(body), name) }),
    ...(form && { requestBody: formBody(form) }),
    responses: {
      [status]: {
        description: 'As the summary says',
        headers: headers(),
        ...(status !== 204 && { content: contentOf(name) }),
      },
      ...errorResponses('native', errorsOf(method, (body ?? form) !== undefined)),
    },
  }
}

function contentOf(name: string): Json {
  const others = OTHER_TYPES[name] ?? []
  const schema = EDGE_RESPONSES[name]
  const plain = others.map((type) => [type, { schema: { type: 'string' } }] as const)
  const isJson = schema !== undefined || others.length === 0
  return {
    ...(isJson && { 'application/json': schema ? { schema: ref(schema) } : {} }),
    ...Object.fromEntries(plain),
  }
}

function errorsOf(method: EdgeOperation['method'], hasBody: boolean): ErrorStatus[] {
  const always: ErrorStatus[] = [400, 401, 403, 404, 429, 503]
  const writing: ErrorStatus[] = method === 'get' ? [] : [409, 422]
  return [
    ...always,
    ...writing,
    ...(hasBody || method === 'post' || method === 'patch' ? ([413, 415] as const) : []),
  ]
}

function jsonBody(schema: Json, name: string): Json {
  return { content: { 'application/json': { schema, ...exampleOf(EXAMPLES[name]) } } }
}

function exampleOf(example: unknown): Json {
  return example === undefined ? {} : { example }
}

function formBody(fields: NonNullable<EdgeOperation['form']>): Json {
  const properties = Object.fromEntries(
    Object.entries(fields).map(([name, kind]) => [
      name,
      kind === 'binary' ? { type: 'string', format: 'binary' } : { type: 'string' },
    ]),
  )
  const schema = { type: 'object', properties, required: Object.keys(fields) }
  return { content: { 'multipart/form-data': { schema } } }
}
