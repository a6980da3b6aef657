import { describe, expect, it } from 'vitest'
import type { HookEvent } from '../../src/hooks/events/event.ts'
import { ignoredBecause } from '../../src/hooks/filter.ts'
import type { HookFilter } from '../../src/hooks/hook-record.ts'

const event = (change: Partial<HookEvent> = {}): HookEvent => ({
  id: 'e1',
  kind: 'github',
  type: 'issue_comment.created',
  text: 'Hello @Helper, what now?',
  user: { id: 'ann', name: 'Ann', bot: false },
  chat: { id: 'o/r#3', type: 'issue', name: '' },
  thread: null,
  reply_to: null,
  quoted: null,
  images: [],
  files: [],
  url: null,
  raw: {},
  ...change,
})

describe('A filter', () => {
  it.each([
    ['nothing', {}, event(), null, undefined],
    ['another event type', { events: ['issues.*'] }, event(), null, 'event type issue_comment.created'],
    ['a matching event type', { events: ['issue_comment.*'] }, event(), null, undefined],
    ['another chat', { chats: ['o/other#*'] }, event(), null, 'chat o/r#3'],
    ['another user', { users: ['bob'] }, event(), null, 'user ann'],
    ['a word that is missing', { match: 'deploy' }, event(), null, 'the text does not match'],
    ['a word in another case', { match: 'HELLO' }, event(), null, undefined],
    ['a bot', {}, event({ user: { id: 'ci', name: 'ci', bot: true } }), null, 'sent by a bot'],
    ['only spaces', {}, event({ text: ' ' }), null, 'no text'],
    [
      'a group without a mention',
      {},
      event({ chat: { id: 'c', type: 'group', name: '' } }),
      false,
      'the bot is not mentioned',
    ],
    ['a group where nothing is needed', { mention: false }, event(), false, undefined],
    ['a mention by name', { mention: true, name_of_bot: 'helper' }, event(), null, undefined],
    [
      'the mention of another',
      { mention: true, name_of_bot: 'other' },
      event(),
      null,
      'the bot is not mentioned',
    ],
    ['its own post', { name_of_bot: 'ann' }, event(), null, 'sent by the bot itself'],
  ] as [string, HookFilter, HookEvent, boolean | null, string | undefined][])(
    'A filter on %s lets the event pass or says why not.',
    (_, filter, received, mentioned, reason) => {
      expect(ignoredBecause(filter, received, mentioned)).toBe(reason)
    },
  )
})
