import { GatewayError } from '../errors.ts'

type FileRow = Record<string, unknown>

/** The date formats that DashScope accepts: yyyyMMddHHmmss, yyyyMMdd, and the same two with dashes and colons. */
const COMPACT = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/
const SPACED = /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d))?$/

/** DashScope's dates have no time zone; they are in Beijing time. */
const ZONE = '+08:00'

/**
 * The filter of a list of files: `purpose`, `create_after` and `create_before` of DashScope's "List files" page.
 *
 * @param query the list's query; a missing or empty parameter filters nothing.
 * @returns a predicate for files as DashScope describes them. A file without a requested field does not match. The
 *   page does not say whether the bounds are inclusive; here they are, since an extra file is better than one that
 *   seems to be gone.
 * @throws GatewayError `invalid` for a date in another format.
 */
export function fileFilterOf(query: URLSearchParams): (file: FileRow) => boolean {
  const purpose = query.get('purpose') || undefined
  const isInTime = creationFilterOf(query)
  return (file) => (purpose === undefined || file.purpose === purpose) && isInTime(file)
}

/**
 * Whether a file or batch was created between the dates of a query.
 *
 * @throws GatewayError `invalid` for a date in another format.
 */
export function creationFilterOf(query: URLSearchParams): (item: FileRow) => boolean {
  const [after, before] = [secondsOf(query, 'create_after'), secondsOf(query, 'create_before')]
  return ({ created_at }) =>
    (after === undefined || Number(created_at) >= after) &&
    (before === undefined || Number(created_at) <= before)
}

/** A date in the query as seconds since 1970, like `created_at`. */
function secondsOf(query: URLSearchParams, name: string): number | undefined {
  const text = query.get(name)
  if (!text) return undefined
  const [, year, month, day, hour = '00', minute = '00', second = '00'] =
    COMPACT.exec(text) ?? SPACED.exec(text) ?? []
  const milliseconds = Date.parse(`${year}-${month}-${day}T${hour}:${minute}:${second}${ZONE}`)
  if (!Number.isNaN(milliseconds)) return milliseconds / 1000
  throw new GatewayError(
    'invalid',
    `${name}: expected a date in Beijing time as yyyyMMddHHmmss, yyyy-MM-dd HH:mm:ss, yyyyMMdd or yyyy-MM-dd.`,
    { param: name },
  )
}
