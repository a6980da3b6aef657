import { strictTextOf } from '../lib/json/utf8.ts'
import { isoOf, type JobRecord } from './job.ts'

/** Larger responses are fetched from `response_url`: receivers and their proxies limit bodies. */
const MAX_SPLICED_BYTES = 64 * 1024

/** What a message says of a job. */
export interface JobMessage {
  event: string
  atMs: number
  record: JobRecord
  /** DashScope's response as it came; undefined if there is none, and for thin messages. */
  response: Uint8Array | undefined
  /** The gateway's own origin. */
  origin: string
}

/**
 * The body of a job's message: type, time and the job record, with DashScope's response spliced in byte for byte. Parsing
 * and printing it would round large numbers.
 */
export function jobPayload({ event, atMs, record, response, origin }: JobMessage): string {
  const spliced = response && splicedText(response)
  const data = [
    JSON.stringify(record).slice(1, -1),
    ...(spliced === undefined ? [] : [`"response":${spliced}`]),
    `"truncated":${response !== undefined && spliced === undefined}`,
    `"response_url":${JSON.stringify(`${origin}/edge/jobs/${record.id}/response`)}`,
  ]
  return `{"type":${JSON.stringify(event)},"timestamp":${JSON.stringify(isoOf(atMs))},"data":{${data.join(',')}}}`
}

/** The body of a message about something else than a job. */
export function eventPayload(event: string, atMs: number, data: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ type: event, timestamp: isoOf(atMs), data })
}

/** Only JSON can be part of a JSON text; a page of HTML cannot. */
function splicedText(response: Uint8Array): string | undefined {
  if (response.byteLength === 0 || response.byteLength > MAX_SPLICED_BYTES) return undefined
  try {
    const text = strictTextOf(response)
    JSON.parse(text)
    return text
  } catch {
    return undefined
  }
}
