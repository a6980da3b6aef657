import type { HookEvent, HookKind } from '../../../src/hooks/events/event.ts'
import type { PlatformRequest, ReplyContext } from '../../../src/hooks/replies/platform.ts'
import { PLATFORMS } from '../../../src/hooks/replies/platforms.ts'

export const NOW_MS = 1_795_824_000_000

export const SETTINGS = {
  format: 'markdown',
  thread: true,
  mention: true,
  base_url: null,
  card_template: null,
} as const

export function context(
  kind: HookKind,
  event: Partial<HookEvent>,
  change: Partial<ReplyContext> = {},
): ReplyContext {
  return {
    event: {
      id: 'e1',
      kind,
      type: 'message',
      text: 'q',
      user: { id: 'U1', name: 'Ann', bot: false },
      chat: { id: 'C1', type: 'group', name: 'room' },
      thread: null,
      reply_to: null,
      quoted: null,
      images: [],
      files: [],
      url: null,
      raw: {},
      ...event,
    },
    settings: SETTINGS,
    secrets: {},
    accessToken: undefined,
    messageId: 'msg_1',
    nowMs: NOW_MS,
    ...change,
  }
}

export function written(request: PlatformRequest | undefined): unknown {
  return request && { url: request.url, body: request.body === '' ? '' : JSON.parse(request.body) }
}

export const message = (kind: HookKind, event: Partial<HookEvent>, change: Partial<ReplyContext> = {}) =>
  written(PLATFORMS[kind]?.message('Hi', context(kind, event, change)))

export const session = {
  sessionWebhook: 'https://oapi.dingtalk.com/robot/sendBySession?session=s',
  sessionWebhookExpiredTime: NOW_MS + 5_400_000,
  robotCode: 'r1',
}
