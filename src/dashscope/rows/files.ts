import type { Endpoint } from '../endpoint.ts'
import { compatibleFile, ownsFile, row } from './row.ts'

/** A file request of the native API. */
const nativeFile = { ...compatibleFile, dialect: 'native' } as const

/** Files of the OpenAI-compatible and of the native API. */
export const FILES: readonly Endpoint[] = [
  // Files are uploaded for Qwen-Long (purpose `file-extract`), which is in Beijing only. Uploads are large and owned
  // by one account, so they are not retried.
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
  // Files of the native API, for training data. The form part is called `files`.
  row('POST', '/api/v1/files', 'native-file-upload', {
    ...nativeFile,
    body: 'multipart',
    fileField: 'files',
    regions: ['beijing'],
    repeatable: 'never',
    ownership: { kind: 'native-file', action: 'create' },
  }),
  row('GET', '/api/v1/files', 'native-file-list', {
    ...nativeFile,
    ownership: { kind: 'native-file', action: 'list' },
    query: ['page_no', 'page_size'],
  }),
  row('GET', '/api/v1/files/{id}', 'native-file', {
    ...nativeFile,
    ownership: { kind: 'native-file', action: 'read' },
  }),
  row('DELETE', '/api/v1/files/{id}', 'native-file-delete', {
    ...nativeFile,
    repeatable: 'never',
    ownership: { kind: 'native-file', action: 'delete' },
  }),
]
