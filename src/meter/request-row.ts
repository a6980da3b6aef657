/** What the request log says of one request, in the order in which it is stored. No prompt, response, IP address or credential. */
export const REQUEST_FIELDS = [
  'id',
  'started_ms',
  'user',
  'endpoint',
  'model',
  'asked',
  'stream',
  'status',
  'ending',
  'code',
  'reason',
  'cache',
  'age',
  'first_ms',
  'total_ms',
  'input',
  'output',
  'cached',
  'reasoning',
  'estimated',
  'money',
  'saved_money',
  'attempts',
  'region',
  'token',
] as const

export type RequestField = (typeof REQUEST_FIELDS)[number]

/** One attempt to reach DashScope. */
export interface LoggedAttempt {
  region: string
  status: string
  code?: string
  ms: number
}

/** One request of the log; a field that says nothing is absent. Money in nanos. */
export type RequestRow = Partial<Record<RequestField, string | number | boolean | LoggedAttempt[]>>

/** A row as text: an array, which is half as long as an object. */
export function packRow(row: RequestRow): string {
  return JSON.stringify(REQUEST_FIELDS.map((field) => row[field] ?? null))
}

/** The row of a text. A version that stored fewer fields leaves the others absent. */
export function unpackRow(text: string): RequestRow {
  const values = JSON.parse(text) as (RequestRow[RequestField] | null)[]
  const entries = REQUEST_FIELDS.map((field, index) => [field, values[index] ?? undefined])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}
