import type { Endpoint } from '../endpoint.ts'
import { computed, lookup, ownsTask, row } from './row.ts'

/** Tasks, uploads, keys, models and the start of WebRTC sessions of the native API. */
export const TASKS: readonly Endpoint[] = [
  row('GET', '/api/v1/tasks', 'task-list', {
    ...lookup,
    ownership: { kind: 'task', action: 'list' },
    query: ['task_id', 'start_time', 'end_time', 'model_name', 'region', 'status', 'page_no', 'page_size'],
  }),
  row('GET', '/api/v1/tasks/{id}', 'task', { ...lookup, ownership: ownsTask, isResult: true }),
  row('POST', '/api/v1/tasks/{id}/cancel', 'task-cancel', {
    ...lookup,
    repeatable: 'refused',
    ownership: ownsTask,
  }),
  row('GET', '/api/v1/uploads', 'upload-policy', {
    ...lookup,
    model: 'query',
    isAccountBound: true,
    ownership: { kind: 'upload', action: 'create' },
    query: ['action', 'model'],
  }),
  row('GET', '/api/v1/models', 'model-catalogue', {
    ...lookup,
    lists: 'catalogue',
    query: [
      'page_no',
      'page_size',
      'model',
      'name',
      'capabilities',
      'providers',
      'features',
      'authorization_scope',
    ],
  }),
  // Exchanges an SDP offer and answer; audio and events then bypass the gateway.
  row('POST', '/api/v1/webrtc/realtime', 'webrtc', {
    ...computed,
    dialect: 'native',
    body: 'sdp',
    model: 'query',
    repeatable: 'refused',
    isUnmetered: true,
    isDownload: true,
    query: ['model'],
  }),
  // SDKs with `enable_encryption` fetch the key before they encrypt an input.
  row('GET', '/api/v1/public-keys/latest', 'public-key', { ...lookup, isAccountBound: true }),
]
