import type { Config, Env } from '../config.ts'

/** What is answered to a platform. The model's text is never in it, except for WeCom's AI bots, which poll for it. */
export interface InboundResponse {
  status: 200 | 303 | 400
  body: string
  type: string
  /** The page that a 303 leads to. */
  location?: string
  /** `X-Edge-Hook`: what became of the event. */
  outcome?: 'duplicate' | 'ignored' | 'limited'
}

/** What a platform's request needs of its surroundings. */
export interface InboundContext {
  env: Env
  config: Config
  /** The gateway's own origin. */
  origin: string
  nowMs: number
  keepAlive: (work: Promise<unknown>) => void
}
