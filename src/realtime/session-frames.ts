import { GatewayError } from '../errors.ts'
import { isJsonObject, type JsonObject } from '../lib/json/object.ts'
import { contradiction } from '../policy/frozen-parameters.ts'
import { type TextFrame, withMembers } from './frame.ts'
import { checkItems, refuseNewerNames } from './frozen-session.ts'
import { type FrameRules, missingParameters, optionalObject, optionalText, refused } from './rules.ts'
import { checkLengths, lengthsToWrite } from './session-lengths.ts'
import { checkMedia } from './session-media.ts'
import { checkSessionModels } from './session-models.ts'

/** The state of a session, from its frames so far. */
export interface SessionState {
  /** The model of the connection. */
  model: string
  /** Whether the caller has configured the session; the first configuration gets the length cap. */
  isConfigured: boolean
  /** Images and other media since the last response. */
  media: number
}

/** The decision about a text frame on `/realtime`. */
export type SessionDecision =
  | { kind: 'forward'; frame: TextFrame; state: SessionState }
  /** Respond with an `error` event; the session continues, as after DashScope's own `invalid_request_error`. */
  | { kind: 'refuse'; error: GatewayError }

/** Decides about a text frame of `/realtime`. Unknown event types are forwarded to DashScope. */
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
 * The configuration that the gateway sends for a session token or a length cap before any frame of the caller. Frozen
 * settings must apply even if the caller never configures the session.
 *
 * @returns undefined if there is nothing to configure.
 */
export function ownConfiguration(rules: FrameRules): string | undefined {
  const { frozen } = rules
  const session = {
    ...(frozen?.system !== undefined && { instructions: frozen.system }),
    ...frozen?.parameters,
    ...lengthsToWrite(rules, {}),
  }
  return Object.keys(session).length > 0 ? JSON.stringify({ type: 'session.update', session }) : undefined
}

function decide(frame: TextFrame, state: SessionState, rules: FrameRules): SessionDecision {
  const { body } = frame
  switch (body.type) {
    case 'session.update': {
      const session = optionalObject(body.session, 'session')
      const models = checkSessionModels(session, state.model, rules)
      const members = checkSettings(session, 'session', rules)
      checkMedia(body, 0, rules)
      return {
        kind: 'forward',
        frame: withMembers(frame, [...models, { path: ['session'], members }]),
        state: { ...state, isConfigured: true },
      }
    }
    case 'response.create': {
      checkSettings(optionalObject(body.response, 'response'), 'response', rules)
      checkItems(body, rules)
      checkMedia(body, state.media, rules)
      return { kind: 'forward', frame, state: { ...state, media: 0 } }
    }
    case 'conversation.item.create':
      optionalObject(body.item, 'item')
      checkItems(body, rules)
      return { kind: 'forward', frame, state: { ...state, media: checkMedia(body, state.media, rules) } }
    case 'input_image_buffer.append':
      return { kind: 'forward', frame, state: { ...state, media: checkMedia(body, state.media, rules) } }
    default:
      return { kind: 'forward', frame, state }
  }
}

/** Checks the settings of a session or a single response; returns the members to insert. */
function checkSettings(settings: JsonObject, place: 'session' | 'response', rules: FrameRules): JsonObject {
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
  checkLengths(settings, place, rules)
  refuseNewerNames(settings, place, rules)
  return {
    ...missingParameters(rules, settings, `${place}.`),
    ...(system !== undefined && instructions === undefined && { instructions: system }),
    ...lengthsToWrite(rules, settings),
  }
}

function checkTools(tools: unknown, param: string, { policy, isSession }: FrameRules): void {
  if (tools === undefined || tools === null || (Array.isArray(tools) && tools.length === 0)) return
  if (policy.caps?.tools === false) throw refused(param, 'no tools. Leave them out')
  const isRemote = Array.isArray(tools) && tools.some((tool) => isJsonObject(tool) && tool.type === 'mcp')
  if (isRemote && isSession) {
    throw refused(
      param,
      'no tool of type "mcp" with a session token: DashScope would connect to a URL chosen by the page',
    )
  }
}
