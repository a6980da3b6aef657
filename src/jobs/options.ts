import { GatewayError } from '../errors.ts'
import type { HeaderMap } from '../lib/header-map.ts'
import { isJsonObject } from '../lib/json/object.ts'
import { checkDestination, type DestinationRules } from './destination.ts'
import {
  BATCH_EVENTS,
  type BatchWebhook,
  FINAL_EVENTS,
  type JobWebhook,
  PROGRESS_EVENTS,
  type WebhookTarget,
} from './job.ts'

/** Metadata is repeated in every message, so it should contain ids and not data. */
const MAX_METADATA_CHARACTERS = 1024
const MAX_METADATA_ENTRIES = 16

/** The IETF draft of `Idempotency-Key` does not define a length; this one is documented. */
const IDEMPOTENCY_KEY = /^[\x21-\x7e]{1,255}$/

/** The options of a new job. */
export interface JobOptions {
  /** Whether the caller asked not to wait (RFC 7240, `respond-async`). */
  respondAsync: boolean
  webhook: JobWebhook | null
  metadata: Record<string, string>
  idempotencyKey: string | null
}

/** Whether a request asks to become a job. Runs for every request, so it must be cheap. */
export function asksForJob(headers: HeaderMap): boolean {
  if (headers.has('x-edge-webhook')) return true
  return prefersAsync(headers.get('prefer') ?? '')
}

/**
 * The job options in the headers of an ordinary request.
 *
 * @throws GatewayError `invalid` for a header that is malformed.
 */
export function readJobOptions(headers: HeaderMap, rules: DestinationRules): JobOptions {
  const webhook = headers.get('x-edge-webhook')?.trim()
  return {
    respondAsync: prefersAsync(headers.get('prefer') ?? ''),
    webhook: webhook ? readWebhook(webhook, rules) : null,
    metadata: readMetadata(headers.get('x-edge-job-metadata')),
    idempotencyKey: readIdempotencyKey(headers),
  }
}

/** The `Idempotency-Key` of a request; null if there is none. */
export function readIdempotencyKey(headers: HeaderMap): string | null {
  const key = headers.get('idempotency-key')
  if (!key) return null
  if (IDEMPOTENCY_KEY.test(key)) return key
  throw new GatewayError('invalid', 'Idempotency-Key: expected 1 to 255 printable ASCII characters.')
}

/**
 * Parses the header X-Edge-Webhook or the field `webhook`: a URL or an endpoint's id, and a filter such as
 * `;events=job.succeeded,job.failed`.
 *
 * @throws GatewayError `invalid` for a URL that may not be called, or an unknown event.
 */
export function readWebhook(text: string, rules: DestinationRules): JobWebhook {
  return readTarget(text, rules, { usual: FINAL_EVENTS, known: [...FINAL_EVENTS, ...PROGRESS_EVENTS] })
}

/** The webhook of a batch, in the header X-Edge-Webhook; null if there is none. Throws as {@link readWebhook}. */
export function readBatchWebhook(headers: HeaderMap, rules: DestinationRules): BatchWebhook | null {
  const text = headers.get('x-edge-webhook')?.trim()
  return text ? readTarget(text, rules, { usual: BATCH_EVENTS, known: BATCH_EVENTS }) : null
}

/** The events that a webhook may list, and those for a missing filter or `*`. */
interface EventNames<Name> {
  usual: readonly Name[]
  known: readonly Name[]
}

function readTarget<Name extends string>(
  text: string,
  rules: DestinationRules,
  names: EventNames<Name>,
): WebhookTarget & { events: readonly Name[] } {
  const [, place = text, filter] = /^(.*?)\s*;\s*events=([^;]*)$/.exec(text) ?? []
  const events = filter === undefined ? names.usual : readEvents(filter.split(','), names)
  if (place.startsWith('ep_')) return { endpoint: place, events }
  return { url: checkDestination(place, rules).href, events }
}

function readEvents<Name extends string>(
  asked: readonly string[],
  { usual, known }: EventNames<Name>,
): Name[] {
  const events = asked
    .map((name) => name.trim())
    .flatMap<string>((name) => (name === '*' ? [...usual] : [name]))
  const isKnown = (event: string): event is Name => known.some((each) => each === event)
  const unknown = events.find((event) => !isKnown(event))
  if (unknown === undefined) return [...new Set(events.filter(isKnown))]
  const named = unknown.slice(0, 64)
  throw new GatewayError('invalid', `webhook: unknown event "${named}". Use ${known.join(', ')}.`, {
    param: 'webhook',
  })
}

function readMetadata(header: string | undefined | null): Record<string, string> {
  if (!header) return {}
  try {
    return checkMetadata(JSON.parse(header))
  } catch (thrown) {
    if (thrown instanceof GatewayError) throw thrown
    throw wrongMetadata()
  }
}

/**
 * Checks the metadata of a job.
 *
 * @throws GatewayError `invalid` if it is not an object of at most 16 texts and 1 kB.
 */
export function checkMetadata(value: unknown): Record<string, string> {
  if (!isJsonObject(value)) throw wrongMetadata()
  const entries = Object.entries(value)
  const isWithin =
    entries.length <= MAX_METADATA_ENTRIES && JSON.stringify(value).length <= MAX_METADATA_CHARACTERS
  if (!isWithin || !entries.every(([, text]) => typeof text === 'string')) throw wrongMetadata()
  return Object.fromEntries(entries.map(([name, text]) => [name, text as string]))
}

function wrongMetadata(): GatewayError {
  const message = 'metadata: expected a JSON object of at most 16 texts and 1 kB.'
  return new GatewayError('invalid', message, { param: 'metadata' })
}

function prefersAsync(prefer: string): boolean {
  return (
    prefer !== '' &&
    prefer.split(',').some((preference) => /^\s*respond-async\s*(?:[;=]|$)/i.test(preference))
  )
}
