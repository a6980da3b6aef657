import { GatewayError } from '../errors.ts'

/** Objects in the ledger of one key; the others are found by their id alone. */
const OF_KEY: readonly string[] = ['job', 'delivery', 'endpoint']

/** The same 404 for unknown objects and for those of another key (promise P7). */
export function noSuch(what: 'job' | 'delivery' | 'endpoint' | 'hook' | 'preset' | 'event'): GatewayError {
  const message = OF_KEY.includes(what) ? `This key has no such ${what}.` : `There is no such ${what}.`
  return new GatewayError('notFound', message)
}
