import type { Endpoint } from '../endpoint.ts'
import { batchCreate } from '../schemas/batches.ts'
import { compatible, computed, lookup, row } from './row.ts'

const batchLookup = { ...lookup, dialect: 'compatible' } as const
/** `{id}` is a batch. */
const ownsBatch = { kind: 'batch', action: 'read' } as const

/** Batches of requests in a file. Their usage is known when they have ended. */
export const BATCHES: readonly Endpoint[] = [
  row('POST', '/compatible-mode/v1/batches', 'batch-create', {
    ...compatible,
    ...computed,
    schema: batchCreate,
    model: 'none',
    cacheable: false,
    // The response has no usage: it is in the output file after the batch has ended.
    usage: ['usage_of_output'],
    // An accepted batch must not be created twice.
    repeatable: 'refused',
    ownership: { kind: 'batch', action: 'create' },
  }),
  row('GET', '/compatible-mode/v1/batches', 'batch-list', {
    ...batchLookup,
    ownership: { kind: 'batch', action: 'list' },
    query: ['after', 'limit', 'ds_name', 'input_file_ids', 'status', 'create_after', 'create_before'],
  }),
  row('GET', '/compatible-mode/v1/batches/{id}', 'batch', { ...batchLookup, ownership: ownsBatch }),
  row('POST', '/compatible-mode/v1/batches/{id}/cancel', 'batch-cancel', {
    ...batchLookup,
    repeatable: 'refused',
    ownership: ownsBatch,
  }),
]
