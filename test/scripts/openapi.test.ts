import { describe, expect, it } from 'vitest'
import { openApiDocument } from '../../scripts/openapi/document.ts'
import { EDGE_OPERATIONS } from '../../scripts/openapi/edge-operations.ts'
import { ENDPOINTS } from '../../src/dashscope/endpoint-table.ts'
import { edge } from '../../src/edge/router.ts'

interface Document {
  openapi: string
  paths: Record<string, Record<string, { operationId: string; requestBody?: unknown }>>
}

describe('the OpenAPI document', () => {
  const { openapi, paths } = openApiDocument() as unknown as Document

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

  it('Each operation has a name of its own.', () => {
    const ids = Object.values(paths).flatMap((methods) =>
      Object.values(methods).map(({ operationId }) => operationId),
    )
    expect(new Set(ids).size).toBe(ids.length)
  })
})
