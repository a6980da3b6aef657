import type { Endpoint } from '../endpoint.ts'
import { customization } from '../schemas/native.ts'
import { computed, native, row } from './row.ts'

/**
 * Cloned and designed voices, and lists of hot words. The created objects belong to the account, so the gateway
 * records their owners.
 */
export const VOICES: readonly Endpoint[] = [
  customizationRow('/api/v1/services/audio/tts/customization', 'voice-customization', 'voice'),
  customizationRow('/api/v1/services/audio/asr/customization', 'vocabulary-customization', 'vocabulary'),
]

/** One path for all actions, billed per created object. */
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
