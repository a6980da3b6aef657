import type { Dialect } from '../../errors.ts'
import { isJsonObject } from '../../lib/json/object.ts'
import type { Endpoint } from '../endpoint.ts'
import { OWNABLE, OWNED_KINDS, type OwnedKind, ownable } from '../ownable.ts'
import { ITEM_REFERENCE, itemReferencesIn } from './item-references.ts'

/** Ids of account-wide objects in a request, without duplicates, by kind. */
export type NamedIds = ReadonlyMap<OwnedKind, readonly string[]>

/** The kind of object that a member of a body identifies. */
const KINDS_BY_MEMBER = new Map<string, OwnedKind>(
  OWNED_KINDS.flatMap((kind) => ownable(kind).members.map((member) => [member, kind] as const)),
)

/** DashScope's examples write schemes in lower case; another case must not bypass the check. */
const FILE_SCHEME = new RegExp(`${OWNABLE.file.scheme.name}://`, 'i')
const UPLOAD = new RegExp(`^${OWNABLE.upload.scheme.name}://(.+)$`, 'is')

const MENTION = mentionOf([])

/**
 * A pattern that matches the source text of every body that may contain an id; an escape can hide a letter only as
 * `\\u00`.
 *
 * @param members names of other members to match, since one search of a long text is cheaper than two.
 */
export function mentionOf(members: readonly string[]): RegExp {
  return new RegExp(
    [
      `"(?:${[...KINDS_BY_MEMBER.keys(), ITEM_REFERENCE, ...members].join('|')})"`,
      ...OWNED_KINDS.flatMap((kind) => ownable(kind).scheme ?? []).map(({ name }) => `${anyCase(name)}:`),
      '\\\\u00',
    ].join('|'),
  )
}

/** A pattern for a word in any case. The flag `i` would take three times as long on a large image. */
function anyCase(word: string): string {
  return [...word].map((letter) => `[${letter}${letter.toUpperCase()}]`).join('')
}

/**
 * Whether the source text of a body may contain ids of account-wide objects; false only if it certainly contains
 * none.
 */
export function mayNameIds(text: string): boolean {
  return MENTION.test(text)
}

/**
 * Finds the ids of all account-wide objects in a body, so that their owners can be checked.
 *
 * Ids are in the members listed in the table, in `fileid://ID` within any text (including `fileid://A,fileid://B`,
 * the list of Qwen-Long's documents), in texts that are `oss://` URLs, and in references to items. The search uses
 * parsed values, since in the source text an id can be written with escapes.
 *
 * @param body the parsed request; nothing in it is changed or converted.
 */
export function namedIdsIn(body: unknown, endpoint: Pick<Endpoint, 'dialect' | 'ownership'>): NamedIds {
  const { dialect, ownership } = endpoint
  const found = new Map<OwnedKind, Set<string>>()
  const add = (kind: OwnedKind, id: string) => {
    if (id !== '') found.set(kind, (found.get(kind) ?? new Set()).add(id))
  }
  for (const id of itemReferencesIn(body, endpoint)) add('item', id)
  const kindOf = (member: string): OwnedKind | undefined => {
    const kind = KINDS_BY_MEMBER.get(member)
    const where = kind && ownable(kind).where
    return where === undefined || where === ownership?.kind ? kind : undefined
  }
  const waiting: unknown[] = [body]
  // Searched last, ignoring the names of their members.
  const callersOwn: unknown[] = []
  while (waiting.length > 0 || callersOwn.length > 0) {
    const hasNames = waiting.length > 0
    const pile = hasNames ? waiting : callersOwn
    const value = pile.pop()
    if (typeof value === 'string') addFromText(value, add)
    else if (Array.isArray(value)) for (const each of value) pile.push(each)
    else if (isJsonObject(value)) {
      for (const [key, member] of Object.entries(value)) {
        const kind = hasNames ? kindOf(key) : undefined
        if (kind) addNamed(kind, member, add, pile)
        else if (key === 'tools') addFromTools(member, add)
        else if (key !== 'metadata') (isCallersOwn(key, dialect) ? callersOwn : pile).push(member)
      }
    }
  }
  return new Map([...found].map(([kind, ids]) => [kind, [...ids]]))
}

type Add = (kind: OwnedKind, id: string) => void

/**
 * Whether the caller chose the names inside a member: a `file_id` there is an argument or an example, not a file of
 * DashScope. In an Anthropic body `input` holds the arguments of a tool call; elsewhere it is the prompt.
 */
function isCallersOwn(key: string, dialect: Dialect): boolean {
  return key === 'schema' || key === 'biz_params' || (key === 'input' && dialect === 'anthropic')
}

/** One id, a list of them, or an object with an `id`. A URL in its place is found when the member is searched. */
function addNamed(kind: OwnedKind, member: unknown, add: Add, pile: unknown[]): void {
  for (const each of Array.isArray(member) ? member : [member]) {
    const id = isJsonObject(each) ? each.id : each
    if (typeof id === 'string' && !FILE_SCHEME.test(id)) add(kind, id)
    pile.push(each)
  }
}

/**
 * A tool's own settings, such as the knowledge bases of `file_search`. Its description is ignored: a function may
 * have a parameter called `file_id`.
 */
function addFromTools(tools: unknown, add: Add): void {
  if (!Array.isArray(tools)) return
  for (const tool of tools) {
    for (const [key, member] of isJsonObject(tool) ? Object.entries(tool) : []) {
      const kind = KINDS_BY_MEMBER.get(key)
      if (kind && ownable(kind).inTools) addNamed(kind, member, add, [])
    }
  }
}

/**
 * A file id has only letters, digits, dots, dashes and underscores. A text that begins with another character, such
 * as the placeholder `fileid://{id}`, names no file.
 */
function addFromText(text: string, add: Add): void {
  if (FILE_SCHEME.test(text)) {
    for (const [, id = ''] of text.matchAll(/fileid:\/\/\s*([\w.-]*)/gi)) add('file', id)
  }
  const [, upload] = UPLOAD.exec(text.trim()) ?? []
  if (upload !== undefined) add('upload', upload)
}
