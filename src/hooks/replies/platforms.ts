import type { HookKind } from '../events/event.ts'
import { dingtalk } from './dingtalk.ts'
import { feishu, lark } from './feishu.ts'
import { github } from './github.ts'
import { gitlab } from './gitlab.ts'
import type { Platform } from './platform.ts'
import { slack } from './slack.ts'
import { wecom, wecomBot } from './wecom.ts'

/** The platforms that replies can be sent to; for other senders the result is delivered to a URL. */
export const PLATFORMS: Readonly<Partial<Record<HookKind, Platform>>> = {
  github,
  gitlab,
  slack,
  dingtalk,
  feishu,
  lark,
  wecom,
  'wecom-bot': wecomBot,
}
