/** A valid request to an endpoint, which the fuzz then corrupts. */
export interface Sample {
  /** The endpoint's name in the table. */
  name: string
  method: string
  /** May hold names of {@link STORED_NAMES} in braces, such as `{task}`. */
  path: string
  /** A JSON body, which may hold such names too; the text of a form; or nothing. */
  body?: unknown
  headers?: Record<string, string>
}

/** What samples name in braces: resources that the first key of the target has made. */
export const STORED_NAMES = [
  'task',
  'file',
  'native-file',
  'requests',
  'batch',
  'response',
  'conversation',
  'item',
  'app-response',
  'video',
] as const

/** The ids of those resources. */
export type StoredIds = Readonly<Record<(typeof STORED_NAMES)[number], string>>

/** Replaces the names in braces by ids. */
export function withIds(text: string, ids: StoredIds): string {
  return STORED_NAMES.reduce((filled, name) => filled.replaceAll(`{${name}}`, ids[name]), text)
}

/** Whether a sample names a stored resource. */
export function namesStored({ path, body }: Sample): boolean {
  const text = path + JSON.stringify(body)
  return STORED_NAMES.some((name) => text.includes(`{${name}}`))
}

const BOUNDARY = 'fuzz'

/** A sample with a JSON body. */
export function post(name: string, path: string, body: unknown, more: Record<string, string> = {}): Sample {
  return { name, method: 'POST', path, body, headers: { 'content-type': 'application/json', ...more } }
}

/** A sample with a form: its plain fields, then one file. */
export function form(
  name: string,
  path: string,
  fields: Readonly<Record<string, string>>,
  file: { name: string; filename: string; text: string },
): Sample {
  const parts = [
    ...Object.entries(fields).map(([field, value]) => `name="${field}"\r\n\r\n${value}`),
    `name="${file.name}"; filename="${file.filename}"\r\n\r\n${file.text}`,
  ].map((part) => `--${BOUNDARY}\r\nContent-Disposition: form-data; ${part}\r\n`)
  return {
    name,
    method: 'POST',
    path,
    body: `${parts.join('')}--${BOUNDARY}--\r\n`,
    headers: { 'content-type': `multipart/form-data; boundary=${BOUNDARY}` },
  }
}

/** A lookup. */
export function get(name: string, path: string): Sample {
  return { name, method: 'GET', path }
}

/** A request without a body that changes what is stored. */
export function change(method: 'POST' | 'DELETE', name: string, path: string): Sample {
  return { name, method, path }
}
