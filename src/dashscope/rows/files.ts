import type { Endpoint } from '../endpoint.ts'
import { compatibleFile, ownsFile, row } from './row.ts'

/** Files of the OpenAI-compatible API. */
export const FILES: readonly Endpoint[] = [
  // Files are uploaded for Qwen-Long (purpose `file-extract`), which is in Beijing only. An upload is large, and one
  // account owns it, so it is not repeated.
  row('POST', '/compatible-mode/v1/files', 'file-upload', {
    ...compatibleFile,
    body: 'multipart',
    regions: ['beijing'],
    repeatable: 'never',
    ownership: { kind: 'file', action: 'create' },
  }),
  row('GET', '/compatible-mode/v1/files', 'file-list', {
    ...compatibleFile,
    ownership: { kind: 'file', action: 'list' },
    query: ['after', 'limit', 'order', 'purpose', 'create_after', 'create_before'],
  }),
  row('GET', '/compatible-mode/v1/files/{id}', 'file', { ...compatibleFile, ownership: ownsFile }),
  row('DELETE', '/compatible-mode/v1/files/{id}', 'file-delete', {
    ...compatibleFile,
    repeatable: 'never',
    ownership: { kind: 'file', action: 'delete' },
  }),
  row('GET', '/compatible-mode/v1/files/{id}/content', 'file-content', {
    ...compatibleFile,
    isDownload: true,
    ownership: ownsFile,
  }),
]
