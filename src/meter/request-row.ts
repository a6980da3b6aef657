/**
 * The fields of a row in the request log, in storage order. They include no prompt, response, IP address or
 * credential.
 */
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

/** One upstream attempt. */
export interface LoggedAttempt {
  region: string
  status: string
  code?: string
  ms: number
}

/** One request in the log; empty fields are undefined. Money in nanos. */
export type RequestRow = Partial<Record<RequestField, string | number | boolean | LoggedAttempt[]>>

/** Serializes a row as an array, which is half as long as an object. */
export function packRow(row: RequestRow): string {
  return JSON.stringify(REQUEST_FIELDS.map((field) => row[field] ?? null))
}

/** Parses a row. Fields that an older version did not store are undefined. */
export function unpackRow(text: string): RequestRow {
  const values = JSON.parse(text) as (RequestRow[RequestField] | null)[]
  const entries = REQUEST_FIELDS.map((field, index) => [field, values[index] ?? undefined])
  return Object.fromEntries(entries.filter(([, value]) => value !== undefined))
}
