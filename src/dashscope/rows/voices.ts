import type { Endpoint } from '../endpoint.ts'
import { customization } from '../schemas/native.ts'
import { computed, native, row } from './row.ts'

/** Cloned and designed voices, and lists of hot words. What they make belongs to the account, so it has an owner here. */
export const VOICES: readonly Endpoint[] = [
  customizationRow('/api/v1/services/audio/tts/customization', 'voice-customization', 'voice'),
  customizationRow('/api/v1/services/audio/asr/customization', 'vocabulary-customization', 'vocabulary'),
]

/** One path with an action for everything, billed by the number of what is made. */
function customizationRow(path: string, name: string, customizes: 'voice' | 'vocabulary'): Endpoint {
  return row('POST', path, name, {
    ...native,
    ...computed,
    schema: customization,
    product: 'model',
    cacheable: false,
    repeatable: 'refused',
    isAccountBound: true,
    customizes,
  })
}
