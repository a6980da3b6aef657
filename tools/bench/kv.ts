import { reply, type ServedRequest } from './server.ts'

interface Value {
  body: Buffer
  metadata: string | undefined
}

/** Maximum entries of a namespace; every miss of a run stores one. */
const MAX_ENTRIES = 20_000

/** A response that every request finds in the cache, in the gateway's storage format. */
export interface Omnipresent {
  body: string
  metadata: string
}

/**
 * A KV namespace with the protocol of workerd's binding: GET, PUT and DELETE of `/{key}`, with the metadata in the
 * header `CF-KV-Metadata`, GET of `/` for a list in one page, and POST of `/bulk/get` for several keys at once, here
 * of JSON values (workerd, src/workerd/api/kv.c++). Expiry is ignored, since runs are short.
 *
 * @param everywhere the value of all names without their own value; none by default.
 * @returns a handler for the binding's requests.
 */
export function kvNamespace(everywhere?: Omnipresent): (request: ServedRequest) => void {
  const values = new Map<string, Value>()
  return ({ method, target, headers, body, socket }) => {
    const key = decodeURIComponent(target.slice(1, target.indexOf('?') >>> 0))
    if (method === 'POST') {
      const { keys } = JSON.parse(body.toString()) as { keys: string[] }
      const found = keys.map((each) => [each, JSON.parse(values.get(each)?.body.toString() ?? 'null')])
      return reply(socket, 200, '', JSON.stringify(Object.fromEntries(found)))
    }
    if (method === 'GET' && key === '') return reply(socket, 200, '', listing(values, target))
    if (method === 'GET') {
      const value = values.get(key)
      if (!value && everywhere)
        return reply(socket, 200, metadataHeader(everywhere.metadata), everywhere.body)
      if (!value) return reply(socket, 404, '', '')
      // Entries move to the end of the queue when read, so that frequently used ones are not evicted.
      values.delete(key)
      values.set(key, value)
      return reply(socket, 200, metadataHeader(value.metadata), value.body)
    }
    if (method === 'DELETE') values.delete(key)
    if (method === 'PUT') {
      values.set(key, { body: Buffer.from(body), metadata: headers.get('cf-kv-metadata') })
      if (values.size > MAX_ENTRIES) values.delete(values.keys().next().value ?? key)
    }
    return reply(socket, 200, '', '')
  }
}

function listing(values: ReadonlyMap<string, Value>, target: string): string {
  const prefix = new URL(target, 'http://kv.invalid').searchParams.get('prefix') ?? ''
  const keys = [...values.keys()].filter((name) => name.startsWith(prefix)).map((name) => ({ name }))
  return JSON.stringify({ keys, list_complete: true })
}

function metadataHeader(metadata: string | undefined): string {
  return metadata === undefined ? '' : `cf-kv-metadata: ${metadata}\r\n`
}
