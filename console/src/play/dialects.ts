import { anthropic } from './anthropic.ts'
import { chat } from './chat.ts'
import { native } from './native.ts'
import { responses } from './responses.ts'
import type { Dialect } from './setup.ts'
import type { WireFormat } from './wire.ts'

/** The four wire formats of the playground. */
export const wireFormats: Readonly<Record<Dialect, WireFormat>> = { chat, native, anthropic, responses }
