import type { EmulatorResponse, Exchange } from '../exchange.ts'
import { unitsOf } from '../tokens.ts'

/**
 * Handles the checks of an image before an avatar or try-on is made from it; each is billed per image, passed or not.
 */
export function checkImage({ requestId }: Exchange): EmulatorResponse {
  return {
    kind: 'json',
    body: { output: { check_pass: true, humanoid: true }, usage: { image_count: 1 }, request_id: requestId },
    usage: unitsOf({ images: 1 }),
  }
}
