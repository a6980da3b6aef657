import { strictTextOf } from '../lib/json/utf8.ts'
import { isoOf, type JobRecord } from './job.ts'

/** Larger responses must be fetched from `response_url`, since receivers and their proxies limit body sizes. */
const MAX_SPLICED_BYTES = 64 * 1024

/** The contents of a message about a job. */
export interface JobMessage {
  event: string
  atMs: number
  record: JobRecord
  /** DashScope's original response; undefined if there is none, and for thin messages. */
  response: Uint8Array | undefined
  /** The gateway's origin. */
  origin: string
}

/**
 * The body of a job's message: type, time and the job record, with DashScope's response inserted byte for byte.
 * Parsing and serializing it would round large numbers.
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

/** The body of a message that is not about a job. */
export function eventPayload(event: string, atMs: number, data: Readonly<Record<string, unknown>>): string {
  return JSON.stringify({ type: event, timestamp: isoOf(atMs), data })
}

/** The response as JSON text; undefined if it is not JSON, such as an HTML page. */
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
