import { GatewayError } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../lib/json/object.ts'
import { contradiction } from '../policy/frozen-parameters.ts'
import { type Insertion, type TextFrame, withMembers } from './frame.ts'
import {
  checkModel,
  type FrameRules,
  missingParameters,
  optionalObject,
  optionalText,
  refused,
} from './rules.ts'

/** Where a length of the response is named, in both generations of the protocol. */
const LENGTHS = ['max_tokens', 'max_response_output_tokens', 'max_output_tokens'] as const

/** What the frames of a session have said so far. */
export interface SessionState {
  /** The model of the connection. */
  model: string
  /** Whether the caller has configured the session; the first configuration gets the length cap. */
  isConfigured: boolean
  /** Images since the last response. */
  images: number
}

/** What becomes of a text frame on `/realtime`. */
export type SessionDecision =
  | { kind: 'forward'; frame: TextFrame; state: SessionState }
  /** Answer with an `error` event; the session continues, as after DashScope's own `invalid_request_error`. */
  | { kind: 'refuse'; error: GatewayError }

/** Decides about a text frame of `/realtime`. Unknown event types pass: DashScope answers them. */
export function decideSessionFrame(
  frame: TextFrame,
  state: SessionState,
  rules: FrameRules,
): SessionDecision {
  try {
    return decide(frame, state, rules)
  } catch (thrown) {
    if (thrown instanceof GatewayError) return { kind: 'refuse', error: thrown }
    throw thrown
  }
}

/**
 * The configuration that the gateway sends for a session token or a length cap before any frame of the caller: a caller may
 * never send one, and frozen settings must hold anyway.
 *
 * @returns undefined if nothing has to be configured.
 */
export function ownConfiguration({ policy, frozen }: FrameRules): string | undefined {
  const length = policy.caps?.max_tokens
  const session = {
    ...(frozen?.system !== undefined && { instructions: frozen.system }),
    ...frozen?.parameters,
    ...(length !== undefined && { max_tokens: length }),
  }
  return Object.keys(session).length > 0 ? JSON.stringify({ type: 'session.update', session }) : undefined
}

function decide(frame: TextFrame, state: SessionState, rules: FrameRules): SessionDecision {
  const { body } = frame
  switch (body.type) {
    case 'session.update': {
      const session = optionalObject(body.session, 'session')
      checkSessionModels(session, state, rules)
      const insertion = checkSettings(session, ['session'], rules, true)
      return {
        kind: 'forward',
        frame: withMembers(frame, insertion ? [insertion] : []),
        state: { ...state, isConfigured: true },
      }
    }
    case 'response.create': {
      checkSettings(optionalObject(body.response, 'response'), ['response'], rules, false)
      return { kind: 'forward', frame, state: { ...state, images: 0 } }
    }
    case 'conversation.item.create':
      checkItem(optionalObject(body.item, 'item'), rules)
      return { kind: 'forward', frame, state }
    case 'input_image_buffer.append':
      return { kind: 'forward', frame, state: { ...state, images: checkImage(body, state, rules) } }
    default:
      return { kind: 'forward', frame, state }
  }
}

/** The model of a connection is fixed by its address; a transcription model is a second one that is billed. */
function checkSessionModels(session: JsonObject, state: SessionState, rules: FrameRules): void {
  const model = optionalText(session.model, 'session.model')
  if (model !== undefined && model !== state.model) {
    const message = `session.model: the connection is for "${state.model}". Open another connection for another model.`
    throw new GatewayError('denied', message, { param: 'session.model' })
  }
  const flat = optionalObject(session.input_audio_transcription, 'session.input_audio_transcription')
  const audio = optionalObject(session.audio, 'session.audio')
  const nested = optionalObject(
    optionalObject(audio.input, 'session.audio.input').transcription,
    'session.audio.input.transcription',
  )
  for (const [place, param] of [
    [flat, 'session.input_audio_transcription.model'],
    [nested, 'session.audio.input.transcription.model'],
  ] as const) {
    const transcription = optionalText(place.model, param)
    if (transcription !== undefined) checkModel({ ...rules, frozen: undefined }, transcription, param)
  }
}

/** Checks what a session and a single response can both set; returns what has to be written into a session. */
function checkSettings(
  settings: JsonObject,
  path: readonly [string],
  rules: FrameRules,
  writes: boolean,
): Insertion | undefined {
  const [place] = path
  const { caps } = rules.policy
  const instructions = optionalText(settings.instructions, `${place}.instructions`)
  const system = rules.frozen?.system
  if (system !== undefined && instructions !== undefined && instructions !== system) {
    throw contradiction(`${place}.instructions`, system)
  }
  checkTools(settings.tools, `${place}.tools`, rules)
  const search = settings.enable_search ?? settings.search_options
  if (caps?.enable_search === false && search !== undefined && search !== null && search !== false) {
    throw refused(`${place}.enable_search`, 'no web search')
  }
  checkLengths(settings, place, caps?.max_tokens)
  const missing = missingParameters(rules, settings, `${place}.`)
  if (!writes) return undefined
  const hasLength = LENGTHS.some((name) => settings[name] !== undefined && settings[name] !== null)
  const members = {
    ...missing,
    ...(system !== undefined && instructions === undefined && { instructions: system }),
    ...(caps?.max_tokens !== undefined && !hasLength && { max_tokens: caps.max_tokens }),
  }
  return { path, members }
}

function checkTools(tools: unknown, param: string, { policy, isSession }: FrameRules): void {
  if (tools === undefined || tools === null || (Array.isArray(tools) && tools.length === 0)) return
  if (policy.caps?.tools === false) throw refused(param, 'no tools. Leave them out')
  const isRemote = Array.isArray(tools) && tools.some((tool) => isJsonObject(tool) && tool.type === 'mcp')
  if (isRemote && isSession) {
    throw refused(
      param,
      'no tool of type "mcp" with a session token: DashScope would connect to an address of the page\'s choice',
    )
  }
}

function checkLengths(settings: JsonObject, place: string, limit: number | undefined): void {
  if (limit === undefined) return
  for (const name of LENGTHS) {
    const length = settings[name]
    if (length === undefined || length === null) continue
    if (typeof length !== 'number' || length > limit) throw refused(`${place}.${name}`, `at most ${limit}`)
  }
}

/** With a frozen system message no other item may carry instructions. */
function checkItem(item: JsonObject, { frozen }: FrameRules): void {
  if (frozen?.system === undefined || item.type !== 'message') return
  if (item.role === 'user' || item.role === 'assistant') return
  throw new GatewayError(
    'denied',
    'item.role: the session token fixes the system message. Only "user" and "assistant" are allowed.',
    { param: 'item.role' },
  )
}

function checkImage(body: JsonObject, { images }: SessionState, { policy }: FrameRules): number {
  const { media_bytes, media_parts } = policy.caps ?? {}
  const size = typeof body.image === 'string' ? body.image.length : 0
  if (media_bytes !== undefined && size > media_bytes)
    throw refused('image', `at most ${media_bytes} bytes of media`)
  if (media_parts !== undefined && images + 1 > media_parts) {
    throw refused('image', `at most ${media_parts} media parts per response`)
  }
  return images + 1
}
