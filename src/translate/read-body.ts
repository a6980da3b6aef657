import type { Endpoint } from '../dashscope/endpoint.ts'
import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { isJsonObject } from '../lib/json/object.ts'
import { strictTextOf } from '../lib/json/utf8.ts'
import { MultipartFault } from '../lib/multipart/fault.ts'
import { type FormPart, readForm } from '../lib/multipart/read-form.ts'
import type { BodyRoom } from '../proxy/body-room.ts'
import { readFormBytes, readRequestBody } from '../proxy/request-body.ts'
import { invalidOption, Options } from './options.ts'

/** The body of a request to OpenAI's API: its options, and the files of a form by field name. */
export interface AskedBody {
  options: Options
  /** The fields from which the end user's name is read. */
  fields: Readonly<Record<string, unknown>>
  files: readonly FormPart[]
  /** The body as it was sent, if it is JSON. */
  json?: Uint8Array
}

/** The largest plain field of a form; prompts have a few thousand characters. */
const MAX_FIELD_BYTES = 256 * 1024

/** Matches fields that may be repeated and form a list. */
const LIST = /\[\]$/

/**
 * Reads the body of a translated endpoint: JSON, or a form if the endpoint accepts files; for a lookup, the query.
 *
 * @throws GatewayError `tooLarge`, `mediaType` or `invalid`.
 */
export async function readAskedBody(
  request: Request,
  { searchParams }: URL,
  { headers, endpoint }: { headers: HeaderMap; endpoint: Endpoint },
  room: BodyRoom,
): Promise<AskedBody> {
  if (endpoint.body === 'none')
    return { options: new Options(new Map(searchParams), true), fields: {}, files: [] }
  const type = headers.get('content-type') ?? ''
  const isForm = endpoint.body === 'multipart' && /^\s*multipart\//i.test(type)
  if (isForm) return askedIn(await readFormBytes(request, headers, room), type)
  const read = await readRequestBody(request, headers, { ...endpoint, body: 'json' }, room)
  const json = read.kind === 'json' ? read.json : undefined
  const value = json?.value
  if (!json || !isJsonObject(value))
    throw new GatewayError('invalid', 'The request body: expected an object.')
  return { options: Options.of(value), fields: value, files: [], json: json.bytes }
}

function askedIn(bytes: Uint8Array<ArrayBuffer>, contentType: string): AskedBody {
  const parts = partsOf(bytes, contentType)
  const values = new Map<string, unknown>()
  for (const part of parts) {
    if (part.filename !== undefined) continue
    const name = part.name.replace(LIST, '')
    const text = fieldText(part)
    const before = values.get(name)
    if (LIST.test(part.name)) values.set(name, [...(Array.isArray(before) ? before : []), text])
    else if (before !== undefined) throw invalidOption(name.slice(0, 64), 'the form has this field twice')
    else values.set(name, text)
  }
  const files = parts.filter(({ filename }) => filename !== undefined)
  return { options: new Options(values, true), fields: Object.fromEntries(values), files }
}

function partsOf(bytes: Uint8Array<ArrayBuffer>, contentType: string): FormPart[] {
  try {
    return readForm(bytes, contentType)
  } catch (thrown) {
    if (!(thrown instanceof MultipartFault)) throw thrown
    throw new GatewayError('invalid', thrown.message, { cause: thrown })
  }
}

function fieldText({ name, bytes }: FormPart): string {
  if (bytes.byteLength > MAX_FIELD_BYTES) {
    throw invalidOption(
      name.slice(0, 64),
      `a field may have at most ${MAX_FIELD_BYTES} bytes; send files with a file name`,
    )
  }
  try {
    return strictTextOf(bytes)
  } catch {
    throw invalidOption(name.slice(0, 64), 'expected text in UTF-8')
  }
}
