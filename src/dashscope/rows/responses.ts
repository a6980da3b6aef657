import type { Endpoint } from '../endpoint.ts'
import { appResponses, conversation, conversationItems, responses } from '../schemas/responses.ts'
import { compatible, lookup, row } from './row.ts'

/** A free request about a stored object. */
const stored = { ...lookup, dialect: 'compatible' } as const
/** The same with a JSON body without a model. */
const storedWithBody = { ...stored, body: 'json', repeatable: 'refused' } as const

/** `{id}` is a response, or a conversation. */
const ownsResponse = { kind: 'response', action: 'read' } as const
const ownsConversation = { kind: 'conversation', action: 'read' } as const

/** A page of a list. */
const PAGE = ['after', 'limit', 'order']

const RESPONSES = '/compatible-mode/v1/responses'
const CONVERSATIONS = '/compatible-mode/v1/conversations'
const APP_RESPONSES = '/api/v2/apps/agent/{app}/compatible-mode/v1/responses'

/** The path names an application; Beijing only (asynchronous call page of applications). */
const ofApplication = { model: 'path', regions: ['beijing'] } as const

/** The Responses API, of models and of applications, and the conversations that it continues. */
export const STORED: readonly Endpoint[] = [
  // A later request can continue a response (`previous_response_id`), so identical requests must not share one.
  row('POST', RESPONSES, 'responses', {
    ...compatible,
    schema: responses,
    stream: 'body',
    isGenerated: true,
    lengthFields: ['max_output_tokens'],
    thinking: 'effort',
    systemMessage: 'instructions',
    cacheable: false,
    isAccountBound: true,
    usage: ['response', 'usage'],
    ownership: { kind: 'response', action: 'create' },
  }),
  row('GET', `${RESPONSES}/{id}`, 'response', { ...stored, ownership: ownsResponse, isResult: true }),
  row('DELETE', `${RESPONSES}/{id}`, 'response-delete', {
    ...stored,
    repeatable: 'refused',
    ownership: { kind: 'response', action: 'delete' },
  }),
  row('GET', `${RESPONSES}/{id}/input_items`, 'response-input-items', {
    ...stored,
    ownership: ownsResponse,
    query: PAGE,
  }),
  row('POST', `${RESPONSES}/{id}/cancel`, 'response-cancel', {
    ...stored,
    repeatable: 'refused',
    ownership: ownsResponse,
  }),

  row('POST', CONVERSATIONS, 'conversation-create', {
    ...storedWithBody,
    schema: conversation,
    isAccountBound: true,
    ownership: { kind: 'conversation', action: 'create' },
  }),
  row('GET', `${CONVERSATIONS}/{id}`, 'conversation', { ...stored, ownership: ownsConversation }),
  row('POST', `${CONVERSATIONS}/{id}`, 'conversation-update', {
    ...storedWithBody,
    schema: conversation,
    ownership: ownsConversation,
  }),
  row('DELETE', `${CONVERSATIONS}/{id}`, 'conversation-delete', {
    ...stored,
    repeatable: 'refused',
    ownership: { kind: 'conversation', action: 'delete' },
  }),
  row('POST', `${CONVERSATIONS}/{id}/items`, 'conversation-items-create', {
    ...storedWithBody,
    schema: conversationItems,
    ownership: ownsConversation,
  }),
  row('GET', `${CONVERSATIONS}/{id}/items`, 'conversation-items', {
    ...stored,
    ownership: ownsConversation,
    query: PAGE,
  }),
  row('GET', `${CONVERSATIONS}/{id}/items/{item}`, 'conversation-item', {
    ...stored,
    ownership: ownsConversation,
  }),
  row('DELETE', `${CONVERSATIONS}/{id}/items/{item}`, 'conversation-item-delete', {
    ...stored,
    repeatable: 'refused',
    ownership: ownsConversation,
  }),

  row('POST', APP_RESPONSES, 'app-responses', {
    ...compatible,
    ...ofApplication,
    schema: appResponses,
    stream: 'body',
    isGenerated: true,
    cacheable: false,
    repeatable: 'refused',
    isAccountBound: true,
    usage: ['response', 'usage'],
    ownership: { kind: 'response', action: 'create' },
  }),
  row('GET', `${APP_RESPONSES}/{id}`, 'app-response', {
    ...stored,
    ...ofApplication,
    ownership: ownsResponse,
    isResult: true,
  }),
  row('DELETE', `${APP_RESPONSES}/{id}`, 'app-response-delete', {
    ...stored,
    ...ofApplication,
    repeatable: 'refused',
    ownership: { kind: 'response', action: 'delete' },
  }),
  row('POST', `${APP_RESPONSES}/{id}/cancel`, 'app-response-cancel', {
    ...stored,
    ...ofApplication,
    repeatable: 'refused',
    ownership: ownsResponse,
  }),
]
