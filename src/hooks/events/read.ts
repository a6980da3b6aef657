import type { Hook } from '../hook-record.ts'
import { readDingtalk } from './dingtalk.ts'
import type { Payload } from './event.ts'
import { readFeishu } from './feishu.ts'
import { readGeneric } from './generic.ts'
import { readGithub } from './github.ts'
import { readGitlab } from './gitlab.ts'
import { readSlack } from './slack.ts'
import { type BotReading, readWecomApp, readWecomBot } from './wecom.ts'

/** Parses a verified payload into the common format; one line per platform. */
export function readEvent(
  { kind, when, hmac }: Pick<Hook, 'kind' | 'when' | 'hmac'>,
  payload: Payload,
): BotReading {
  switch (kind) {
    case 'github':
      return readGithub(payload)
    case 'gitlab':
      return readGitlab(payload)
    case 'slack':
      return readSlack(payload)
    case 'dingtalk':
      return readDingtalk(payload)
    case 'feishu':
    case 'lark':
      return readFeishu(payload, kind, when.name_of_bot)
    case 'wecom':
      return readWecomApp(payload)
    case 'wecom-bot':
      return readWecomBot(payload)
    case 'stripe':
    case 'standard':
    case 'form':
      return readGeneric(payload, kind)
    case 'hmac':
      return readGeneric(payload, kind, hmac?.id_header)
    case 'eventbridge':
      return { kind: 'malformed' }
  }
}
