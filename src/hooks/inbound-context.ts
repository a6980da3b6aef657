import type { Config, Env } from '../config.ts'

/** The response to a platform. It never contains the model's text, except for WeCom's AI bots, which poll for it. */
export interface InboundResponse {
  status: 200 | 303 | 400
  body: string
  type: string
  /** The target of a 303. */
  location?: string
  /** `X-Edge-Hook`: how the event was handled. */
  outcome?: 'duplicate' | 'ignored' | 'limited'
}

/** The context of a platform's request. */
export interface InboundContext {
  env: Env
  config: Config
  /** The gateway's own origin. */
  origin: string
  nowMs: number
  keepAlive: (work: Promise<unknown>) => void
}
