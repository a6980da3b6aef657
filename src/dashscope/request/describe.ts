import type { HeaderMap } from '../../lib/header-map.ts'
import { isJsonObject } from '../../lib/json/object.ts'
import type { Endpoint } from '../endpoint.ts'
import type { OwnedKind } from '../ownable.ts'
import { countMedia, type Media } from './media.ts'
import { type NamedIds, namedIdsIn } from './named-ids.ts'
import { largestCount, placesIn, type Setting, settingsIn } from './setting.ts'
import { type Thinking, thinkingOf } from './thinking.ts'
import { type ToolUse, toolUseOf } from './tools.ts'
import { asksForStream, asksForTask, isEncrypted } from './transport.ts'

/**
 * Every parameter for the length of a response, in any dialect. A cap or a frozen length applies to all of them,
 * because DashScope may obey a name that the dialect does not document.
 */
export const LENGTH_NAMES = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'max_length']

/** The members of a body that may contain the prompt; the first one present counts. */
const QUESTIONS = ['messages', 'input', 'items', 'documents'] as const
type Question = (typeof QUESTIONS)[number]

/** Every parameter for the number of results. */
export const COUNT_NAMES = ['n', 'max_images']

/**
 * What a request asks for, independent of its dialect. It is built once. Caps, frozen parts, reservations, prices and
 * the cache read only this and not the body, so that they cannot disagree.
 */
export interface RequestDescription extends ToolUse {
  /** Model names as written in the body; empty if there are none. */
  model: string
  stream: boolean
  /** The request creates a task instead of waiting for a response. */
  asTask: boolean
  /** The request asks for a response in the background, to be looked up later. */
  inBackground: boolean
  /** DashScope does not store the response, so later requests cannot refer to it. */
  isUnstored: boolean
  /** The input is encrypted, so the gateway cannot read it. */
  isEncrypted: boolean
  /** All settings of the length of the response. */
  lengths: readonly Setting[]
  /** All settings of the number of results. */
  counts: readonly Setting[]
  /** The largest of these numbers; undefined if there is none. */
  count: number | undefined
  thinking: Thinking
  media: Media
  /** The member of the body with the prompt, for error messages. */
  question: Question
  /** Ids of account-wide objects in the request; an upload is identified by the name of its object. */
  namedIds: NamedIds
  /** Length of the text to speak, in characters. */
  characters: number
  /** Requested seconds of video; undefined if not given. */
  videoSeconds: number | undefined
  /** Requested resolution of the video, such as `720P`. */
  resolution: string | undefined
  /** Number of audio files to transcribe. */
  recordings: number
}

/**
 * Describes a request.
 *
 * @param body the result of JSON.parse; undefined for a request without a JSON body. It need not be valid: a member
 *   of an unexpected type is described as such, never converted.
 */
export function describeRequest(endpoint: Endpoint, headers: HeaderMap, body: unknown): RequestDescription {
  const members = isJsonObject(body) ? body : {}
  const input = isJsonObject(members.input) ? members.input : {}
  const places = placesIn(endpoint, body)
  const model = typeof members.model === 'string' ? members.model : ''
  const counts = settingsIn(places, COUNT_NAMES)
  return {
    model,
    stream: asksForStream(endpoint, headers, body),
    asTask: asksForTask(headers) && makes('task', endpoint),
    inBackground: members.background === true && makes('response', endpoint),
    isUnstored: members.store === false && makes('response', endpoint),
    isEncrypted: isEncrypted(headers) || (endpoint.dialect === 'native' && typeof members.input === 'string'),
    lengths: settingsIn(places, LENGTH_NAMES),
    counts,
    count: largestCount(counts),
    thinking: thinkingOf(endpoint, places, model),
    media: countMedia(body),
    question: QUESTIONS.find((name) => name in members) ?? 'documents',
    namedIds: namedIdsIn(body, endpoint),
    characters: typeof input.text === 'string' ? input.text.length : 0,
    videoSeconds: largestCount(settingsIn(places, ['duration'])),
    resolution: resolutionIn(settingsIn(places, ['resolution', 'size'])),
    recordings: Array.isArray(input.file_urls) ? input.file_urls.length : 1,
    ...toolUseOf(places, headers),
  }
}

function makes(kind: OwnedKind, { ownership }: Endpoint): boolean {
  return ownership?.kind === kind && ownership.action === 'create'
}

/** `720P` or `2K`, or the tier of a size such as `1280*720`. */
function resolutionIn(settings: readonly Setting[]): string | undefined {
  for (const { value } of settings) {
    if (typeof value !== 'string') continue
    if (/^(?:\d{3,4}p|\dk)$/i.test(value)) return value.toUpperCase()
    const [, width, height] = /^(\d{3,4})[*x](\d{3,4})$/i.exec(value) ?? []
    if (width && height) return `${Math.min(Number(width), Number(height))}P`
  }
  return undefined
}
