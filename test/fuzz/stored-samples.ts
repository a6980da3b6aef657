import { change, get, post, type Sample } from './sample.ts'

const RESPONSES = '/compatible-mode/v1/responses'
const CONVERSATIONS = '/compatible-mode/v1/conversations'
const APP_RESPONSES = '/api/v2/apps/agent/app-1/compatible-mode/v1/responses'
const BATCHES = '/compatible-mode/v1/batches'
const item = { type: 'message', role: 'user', content: 'hi' }

/** What DashScope stores. A delete names an id that does not exist, so that later cases keep their resources. */
export const STORED_SAMPLES: readonly Sample[] = [
  post('responses', RESPONSES, { model: 'qwen-plus', input: 'hi', stream: false }),
  get('response', `${RESPONSES}/{response}`),
  get('response-input-items', `${RESPONSES}/{response}/input_items?limit=5&order=asc`),
  change('POST', 'response-cancel', `${RESPONSES}/{response}/cancel`),
  change('DELETE', 'response-delete', `${RESPONSES}/resp_1`),
  post('conversation-create', CONVERSATIONS, { items: [item], metadata: { topic: 'whales' } }),
  get('conversation', `${CONVERSATIONS}/{conversation}`),
  post('conversation-update', `${CONVERSATIONS}/{conversation}`, { metadata: { topic: 'whales' } }),
  change('DELETE', 'conversation-delete', `${CONVERSATIONS}/conv_1`),
  post('conversation-items-create', `${CONVERSATIONS}/{conversation}/items`, { items: [item] }),
  get('conversation-items', `${CONVERSATIONS}/{conversation}/items?limit=5&order=asc`),
  get('conversation-item', `${CONVERSATIONS}/{conversation}/items/{item}`),
  change('DELETE', 'conversation-item-delete', `${CONVERSATIONS}/{conversation}/items/msg_1`),
  post('app-responses', APP_RESPONSES, { input: [item], stream: false, background: false }),
  get('app-response', `${APP_RESPONSES}/{app-response}`),
  change('POST', 'app-response-cancel', `${APP_RESPONSES}/{app-response}/cancel`),
  change('DELETE', 'app-response-delete', `${APP_RESPONSES}/resp_1`),
  post('batch-create', BATCHES, {
    input_file_id: '{requests}',
    endpoint: '/v1/chat/completions',
    completion_window: '24h',
    metadata: { ds_name: 'whales' },
  }),
  get('batch-list', `${BATCHES}?limit=5`),
  get('batch', `${BATCHES}/{batch}`),
  change('POST', 'batch-cancel', `${BATCHES}/{batch}/cancel`),
]
