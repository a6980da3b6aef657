import { matchesGlob } from '../policy/policy.ts'
import type { HookEvent } from './events/event.ts'
import type { HookFilter } from './hook-record.ts'

/**
 * Why a hook ignores an event; undefined if it does not.
 *
 * @param mentioned whether the bot was mentioned; null if the platform does not report it.
 */
export function ignoredBecause(
  filter: HookFilter,
  event: HookEvent,
  mentioned: boolean | null,
): string | undefined {
  if (event.user.bot) return 'sent by a bot'
  if (filter.name_of_bot !== undefined && event.user.id === filter.name_of_bot)
    return 'sent by the bot itself'
  if (event.text.trim() === '' && event.images.length === 0 && event.files.length === 0) return 'no text'
  if (!covers(filter.events, event.type)) return `event type ${event.type}`
  if (!covers(filter.chats, event.chat.id)) return `chat ${event.chat.id}`
  if (!covers(filter.users, event.user.id)) return `user ${event.user.id}`
  const needsMention = filter.mention ?? event.chat.type === 'group'
  if (needsMention && !(mentioned ?? names(event.text, filter.name_of_bot))) return 'the bot is not mentioned'
  if (
    filter.match !== undefined &&
    !matchesGlob(`*${filter.match.toLowerCase()}*`, event.text.toLowerCase())
  ) {
    return 'the text does not match'
  }
  return undefined
}

/** Whether a text mentions a name; true if the hook has no name to look for. */
function names(text: string, name: string | undefined): boolean {
  return name === undefined || text.toLowerCase().includes(`@${name.toLowerCase()}`)
}

function covers(globs: readonly string[] | undefined, value: string): boolean {
  return globs === undefined || globs.some((glob) => matchesGlob(glob, value))
}
