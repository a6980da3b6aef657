import type { Account, StoredFile } from '../accounts.ts'
import type { Turn } from '../brain/question.ts'
import { invalid, type Problem } from '../problems.ts'

/** Maximum number of documents in a request. */
const MOST_DOCUMENTS = 100

/**
 * The uploaded documents named in the system messages of a conversation (`fileid://A,fileid://B`), or the problem if
 * one is not the account's.
 */
export function documentsOf(account: Account, turns: readonly Turn[]): StoredFile[] | Problem {
  const ids = turns
    .filter(({ role }) => role === 'system')
    .flatMap(({ text }) => Array.from(text.matchAll(/fileid:\/\/([^\s,]+)/g), (match) => match[1] ?? ''))
  if (ids.length > MOST_DOCUMENTS) return invalid('Too many files provided.')
  const documents: StoredFile[] = []
  for (const id of ids) {
    const file = account.files.get(id)
    if (file === undefined) return invalid(`Invalid file [id:${id}].`)
    documents.push(file)
  }
  return documents
}

/** The problem for `oss://` URLs that were sent without the required header. */
export function checkStoredMedia(headers: Headers, turns: readonly Turn[]): Problem | undefined {
  const stored = turns.some(({ addresses }) => addresses.some((address) => address.startsWith('oss://')))
  return stored && headers.get('x-dashscope-ossresourceresolve') !== 'enable'
    ? invalid('The provided URL does not appear to be valid. Ensure it is correctly formatted.')
    : undefined
}
