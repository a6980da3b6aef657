import type { Dialect } from '../../errors.ts'

/**
 * The ids of uploaded files that a request names: `fileid://ID` in any text (also `fileid://A,fileid://B`, as Qwen-Long's
 * documents are given), in any case, and members such as `file_id` and `file_ids` (OpenAI-style content parts, Responses).
 *
 * DashScope's files belong to the account, so each of these has to be the caller's own. The walk goes over parsed values:
 * in the source text an id can be written with escapes.
 *
 * @param body the parsed request; only strings inside it are looked at, never changed.
 * @param dialect decides what the members of the body mean.
 */
export function fileIdsIn(body: unknown, dialect: Dialect): string[] {
  const ids = new Set<string>()
  const waiting: unknown[] = [body]
  // Looked at last, and without their members' names.
  const callersOwn: unknown[] = []
  while (waiting.length > 0 || callersOwn.length > 0) {
    const mayName = waiting.length > 0
    const pile = mayName ? waiting : callersOwn
    const value = pile.pop()
    if (typeof value === 'string') collect(value, ids)
    else if (Array.isArray(value)) for (const each of value) pile.push(each)
    else if (value !== null && typeof value === 'object') {
      for (const [key, member] of Object.entries(value)) {
        if (mayName && NAMES_OF_FILES.has(key)) addNamed(member, ids, pile)
        else if (!SPEAKS_OF_NO_FILE.has(key)) (isCallersOwn(key, dialect) ? callersOwn : pile).push(member)
      }
    }
  }
  return [...ids]
}

/**
 * Members whose own members the caller has named: a `file_id` inside is an argument or an example, not a file of
 * DashScope's. In an Anthropic body `input` is what a tool was called with; elsewhere it is the question itself.
 */
function isCallersOwn(key: string, dialect: Dialect): boolean {
  return key === 'schema' || key === 'biz_params' || (key === 'input' && dialect === 'anthropic')
}

/** Members that hold the id of a file, or several. */
const NAMES_OF_FILES = new Set(['file_id', 'fileId', 'file_ids', 'fileIds'])

/** One id, or a list of them; anything else is looked through like other members. */
function addNamed(member: unknown, ids: Set<string>, pile: unknown[]): void {
  if (typeof member === 'string') ids.add(member)
  else if (Array.isArray(member)) {
    for (const each of member) {
      if (typeof each === 'string' && !SCHEME.test(each)) ids.add(each)
      else pile.push(each)
    }
  } else pile.push(member)
}

/** Members whose insides are the caller's own words: a tool may well describe a parameter called `file_id`. */
const SPEAKS_OF_NO_FILE = new Set(['tools', 'metadata'])

/** DashScope's examples write it in lower case; a caller must not pass by another spelling. */
const SCHEME = /fileid:\/\//i

/**
 * An id has letters, digits, dots, dashes and underscores only. What begins with anything else, such as the placeholder
 * `fileid://{id}` in an ordinary text, names no file.
 */
function collect(text: string, ids: Set<string>): void {
  if (!SCHEME.test(text)) return
  for (const [, id = ''] of text.matchAll(/fileid:\/\/\s*([\w.-]*)/gi)) if (id !== '') ids.add(id)
}
