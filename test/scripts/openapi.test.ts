import { describe, expect, it } from 'vitest'
import { fromJSONSchema } from 'zod'
import * as z from 'zod/mini'
import { openApiDocument } from '../../scripts/openapi/document.ts'
import { EDGE_OPERATIONS } from '../../scripts/openapi/edge-operations.ts'
import { EXAMPLES } from '../../scripts/openapi/examples.ts'
import { ENDPOINTS } from '../../src/dashscope/endpoint-table.ts'
import { edge } from '../../src/edge/router.ts'

interface Media {
  schema?: object
  example?: unknown
}

interface Document {
  openapi: string
  paths: Record<
    string,
    Record<string, { operationId: string; requestBody?: { content: Record<string, Media> } }>
  >
  components: { schemas: Record<string, { examples?: unknown[] }> }
}

describe('the OpenAPI document', () => {
  const { openapi, paths, components } = openApiDocument() as unknown as Document

  it('The document describes every forwarded endpoint, with the schema of its body.', () => {
    expect(openapi).toBe('3.1.0')
    for (const { pattern, method, schema, name } of ENDPOINTS) {
      const path = pattern.template
      const operation = paths[path]?.[method.toLowerCase()]
      expect(operation?.operationId).toBe(name)
      if (schema) expect(operation?.requestBody, name).toBeDefined()
    }
  })

  it('The document describes exactly the routes that the router of /edge serves.', () => {
    const served = edge.routes
      .filter(({ method, path }) => method !== 'ALL' && path !== '*')
      // A preflight is a browser's, not a client's; at a hook it is also a platform's question whether it may send.
      .filter(({ method, path }) => method !== 'OPTIONS' || path === '/hooks/:id/in')
      .map(({ method, path }) => `${method.toLowerCase()} ${path.replace(/:(\w+)/g, '{$1}')}`)
    const described = EDGE_OPERATIONS.map(({ method, path }) => `${method} ${path}`)
    expect(described.toSorted()).toEqual([...new Set(served)].toSorted())
  })

  it('Examples of requests and responses satisfy their schemas.', () => {
    const operations = Object.values(paths).flatMap((methods) => Object.values(methods))
    const requests = operations.flatMap(({ operationId, requestBody }) => {
      const { schema, example } = requestBody?.content['application/json'] ?? {}
      return example === undefined ? [] : [{ name: operationId, schema, example }]
    })
    const responses = Object.entries(components.schemas).flatMap(([name, schema]) =>
      (schema.examples ?? []).map((example) => ({ name, schema, example })),
    )
    expect(requests.length).toBeGreaterThan(50)
    expect(responses.length).toBeGreaterThan(10)
    for (const { name, schema = {}, example } of [...requests, ...responses]) {
      const result = fromJSONSchema({ ...schema, components } as never).safeParse(example)
      expect(result.error?.message, name).toBeUndefined()
    }
  })

  it('Each JSON body has an example, and the validator that reads it takes it.', () => {
    const bodies = [
      ...ENDPOINTS.filter(({ body }) => body === 'json').map(({ name, schema }) => ({
        name,
        schema: schema?.(),
      })),
      ...EDGE_OPERATIONS.filter(({ body }) => body).map(({ method, path, body }) => ({
        name: `${method} ${path}`,
        schema: body,
      })),
    ]
    for (const { name, schema } of bodies) {
      expect(EXAMPLES[name], name).toBeDefined()
      if (schema && '_zod' in schema) {
        expect(z.safeParse(schema as z.ZodMiniType, EXAMPLES[name]).error?.message, name).toBeUndefined()
      }
    }
  })

  it('Each operation has a name of its own.', () => {
    const ids = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    )
    expect(new Set(ids).size).toBe(ids.length)
  })
})
