import packageJson from '../../package.json' with { type: 'json' }
import type { Endpoint } from '../../src/dashscope/endpoint.ts'
import { ENDPOINTS } from '../../src/dashscope/endpoint-table.ts'
import type { Dialect } from '../../src/errors.ts'
import { EDGE_OPERATIONS, type EdgeOperation } from './edge-operations.ts'
import { jsonSchemaOf } from './json-schema.ts'

type Json = Record<string, unknown>

const REQUEST_ID = { 'X-Edge-Request-Id': { $ref: '#/components/headers/RequestId' } }

/** Headers that only responses of DashScope's endpoints carry. */
const FORWARDED_HEADERS = {
  ...REQUEST_ID,
  'Cache-Status': { $ref: '#/components/headers/CacheStatus' },
  'X-Edge-Attempts': { $ref: '#/components/headers/Attempts' },
  RateLimit: { $ref: '#/components/headers/RateLimit' },
}

const ERROR_SCHEMAS: Readonly<Record<Dialect, string>> = {
  native: 'NativeError',
  compatible: 'CompatibleError',
  anthropic: 'AnthropicError',
}

/** The OpenAPI 3.1 document: DashScope's endpoints that are forwarded, from the endpoint table, and the gateway's own. */
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
        'A gateway for Alibaba DashScope. Bodies of forwarded endpoints pass unchanged; DashScope documents their fields.',
      license: { name: packageJson.license, identifier: packageJson.license },
    },
    servers: [{ url: '/' }],
    tags: [{ name: 'native' }, { name: 'compatible' }, { name: 'anthropic' }, { name: 'edge' }],
    security: [{ clientKey: [] }],
    paths,
    components: COMPONENTS,
  }
}

function forwarded(endpoint: Endpoint, path: string): Json {
  const { name, dialect, body, schema, stream } = endpoint
  const content = { 'application/json': {} }
  const types = stream === 'never' ? content : { ...content, 'text/event-stream': {} }
  return {
    operationId: name,
    tags: [dialect],
    summary: name.replaceAll('-', ' '),
    ...parametersOf(path, endpoint.query ?? [], stream === 'header'),
    ...(body === 'json' && schema && { requestBody: jsonBody(jsonSchemaOf(schema() as never)) }),
    ...(body === 'sdp' && { requestBody: { content: { 'application/sdp': {} } } }),
    ...(body === 'multipart' && { requestBody: { content: { 'multipart/form-data': {} } } }),
    responses: {
      200: { description: "DashScope's response, unchanged", headers: FORWARDED_HEADERS, content: types },
      ...errorResponses(dialect, ['400', '401', '403', '413', '429', '502', '503', '504']),
    },
  }
}

function own(
  { method, path: short, summary, access, status, body, form, query = [] }: EdgeOperation,
  path: string,
): Json {
  const content = status === 204 ? {} : { content: { 'application/json': {} } }
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
    ...(body && { requestBody: jsonBody(jsonSchemaOf(body)) }),
    ...(form && { requestBody: formBody(form) }),
    responses: {
      [status]: { description: 'As the summary says', headers: REQUEST_ID, ...content },
      ...errorResponses('native', ['400', '401', '403', '404', '429', '503']),
    },
  }
}

function parametersOf(path: string, query: readonly string[], hasStreamHeader: boolean): Json {
  const inPath = [...path.matchAll(/{(\w+)}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[\\w.-]{1,128}$' },
  }))
  const inQuery = query.map((name) => ({ name, in: 'query', schema: { type: 'string' } }))
  const header = { name: 'X-DashScope-SSE', in: 'header', schema: { enum: ['enable', 'disable'] } }
  const parameters = [...inPath, ...inQuery, ...(hasStreamHeader ? [header] : [])]
  return parameters.length > 0 ? { parameters } : {}
}

function jsonBody(schema: Json): Json {
  return { content: { 'application/json': { schema } } }
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

function errorResponses(dialect: Dialect, statuses: readonly string[]): Json {
  return Object.fromEntries(
    statuses.map((status) => [status, { $ref: `#/components/responses/${ERROR_SCHEMAS[dialect]}` }]),
  )
}

const text = { type: 'string' }

function errorResponse(name: string): Json {
  return {
    description: 'What was wrong and what to do',
    headers: REQUEST_ID,
    content: { 'application/json': { schema: { $ref: `#/components/schemas/${name}` } } },
  }
}

const COMPONENTS: Json = {
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
  headers: {
    RequestId: { description: 'Names the request in the log', schema: text },
    CacheStatus: { description: 'Whether the response came from the cache (RFC 9211)', schema: text },
    Attempts: { description: 'How often DashScope was asked', schema: { type: 'integer' } },
    RateLimit: { description: 'What is left of each limit', schema: text },
  },
  responses: Object.fromEntries(Object.values(ERROR_SCHEMAS).map((name) => [name, errorResponse(name)])),
  schemas: {
    NativeError: {
      type: 'object',
      properties: { code: text, message: text, request_id: text },
      required: ['code', 'message', 'request_id'],
    },
    CompatibleError: {
      type: 'object',
      properties: {
        error: {
          type: 'object',
          properties: { message: text, type: text, param: { type: ['string', 'null'] }, code: text },
          required: ['message', 'type', 'code'],
        },
        request_id: text,
      },
      required: ['error'],
    },
    AnthropicError: {
      type: 'object',
      properties: {
        type: { const: 'error' },
        error: { type: 'object', properties: { type: text, message: text }, required: ['type', 'message'] },
        request_id: text,
      },
      required: ['type', 'error'],
    },
  },
}
