import type { Endpoint } from './endpoint.ts'
import { ANTHROPIC } from './rows/anthropic.ts'
import { BATCHES } from './rows/batches.ts'
import { COMPATIBLE } from './rows/compatible.ts'
import { FILES } from './rows/files.ts'
import { GENERATION } from './rows/generation.ts'
import { MEDIA } from './rows/media.ts'
import { STORED } from './rows/responses.ts'
import { TASKS } from './rows/tasks.ts'
import { TRANSLATED } from './rows/translated.ts'
import { VOICES } from './rows/voices.ts'

/**
 * Every DashScope endpoint that the gateway forwards, by family, and the translated endpoints built on them.
 * Everything else is 404 (promise P3).
 */
export const ENDPOINTS: readonly Endpoint[] = [
  ...GENERATION,
  ...MEDIA,
  ...VOICES,
  ...TASKS,
  ...COMPATIBLE,
  ...STORED,
  ...FILES,
  ...BATCHES,
  ...ANTHROPIC,
  ...TRANSLATED,
]
