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
 * Every name for the length of a response, in any dialect. A cap or a frozen length holds for all of them, because DashScope
 * may obey a name that the dialect does not document.
 */
export const LENGTH_NAMES = ['max_tokens', 'max_completion_tokens', 'max_output_tokens', 'max_length']

/** The members of a body that may hold the question; the first that is there counts. */
const QUESTIONS = ['messages', 'input', 'items', 'documents'] as const
type Question = (typeof QUESTIONS)[number]

/** Every name for the number of results. */
export const COUNT_NAMES = ['n', 'max_images']

/**
 * What a request asks DashScope for, whatever its dialect. It is made once; caps, frozen parts, reservations, prices and the
 * cache read it and nothing else of the body, so that they cannot disagree.
 */
export interface RequestDescription extends ToolUse {
  /** Model names are as the body writes them; empty if it names none. */
  model: string
  stream: boolean
  /** It asks for a task instead of a response. */
  asTask: boolean
  /** It asks for a response that is made in the background, and looked up later. */
  inBackground: boolean
  /** DashScope does not keep the response, so no later request can name it. */
  isUnstored: boolean
  /** The input is encrypted, so that nothing in it can be read. */
  isEncrypted: boolean
  /** Every length of the response that is named. */
  lengths: readonly Setting[]
  /** Every number of results that is named. */
  counts: readonly Setting[]
  /** The largest number of results that is named; undefined if none is. */
  count: number | undefined
  thinking: Thinking
  media: Media
  /** The member of the body that holds the question, for error messages. */
  question: Question
  /** Ids of account-wide things that the request names; an upload by the name of its object. */
  namedIds: NamedIds
  /** Length of the text to speak, in characters. */
  characters: number
  /** Seconds of video that are asked for; undefined if the request does not say. */
  videoSeconds: number | undefined
  /** Resolution of the video that is asked for, such as `720P`. */
  resolution: string | undefined
  /** Number of audio files to transcribe. */
  recordings: number
}

/**
 * Describes a request.
 *
 * @param body what JSON.parse returned; undefined for a request without a JSON body. It need not be valid: a member of an
 *   unexpected type is described as such, never converted.
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
