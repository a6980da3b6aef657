type Json = Record<string, unknown>

const DAY: Json = { type: 'string', format: 'date' }
const KEY_ID: Json = { type: 'string', pattern: '^key_[0-9a-f]{16}$' }
const TEXT: Json = { type: 'string', minLength: 1 }

/** Query parameters of the gateway's own API, and of DashScope's with the same meaning. */
const QUERY: Readonly<Record<string, Json>> = {
  deep: { enum: ['1'] },
  from: DAY,
  to: DAY,
  key: KEY_ID,
  format: { enum: ['json', 'csv'] },
}

/** The parameters of an operation: path and query parameters, and the header that requests a stream. */
export function parametersOf(path: string, query: readonly string[], hasStreamHeader: boolean): Json {
  const inPath = [...path.matchAll(/{(\w+)}/g)].map(([, name]) => ({
    name,
    in: 'path',
    required: true,
    schema: { type: 'string', pattern: '^[\\w.-]{1,128}$' },
  }))
  const inQuery = query.map((name) => ({ name, in: 'query', schema: QUERY[name] ?? TEXT }))
  const header = { name: 'X-DashScope-SSE', in: 'header', schema: { enum: ['enable', 'disable'] } }
  const parameters = [...inPath, ...inQuery, ...(hasStreamHeader ? [header] : [])]
  return parameters.length > 0 ? { parameters } : {}
}
