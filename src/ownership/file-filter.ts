import { GatewayError } from '../errors.ts'

type FileRow = Record<string, unknown>

/** The forms of a date that DashScope takes: yyyyMMddHHmmss, yyyyMMdd, and the same two with dashes and colons. */
const COMPACT = /^(\d{4})(\d\d)(\d\d)(?:(\d\d)(\d\d)(\d\d))?$/
const SPACED = /^(\d{4})-(\d\d)-(\d\d)(?: (\d\d):(\d\d):(\d\d))?$/

/** DashScope's dates name no time zone; they are Beijing's. */
const ZONE = '+08:00'

/**
 * What a list of files is narrowed to: `purpose`, `create_after` and `create_before` of DashScope's "List files" page.
 *
 * @param query the list's query; a parameter that is missing or empty narrows nothing.
 * @returns whether a file, as DashScope describes it, belongs in the list. One that lacks a requested field does not. The
 *   page does not say whether a bound is inside, so both are: rather a file too many than one that seems to be gone.
 * @throws GatewayError `invalid` for a date in none of the four forms.
 */
export function fileFilterOf(query: URLSearchParams): (file: FileRow) => boolean {
  const purpose = query.get('purpose') || undefined
  const isInTime = creationFilterOf(query)
  return (file) => (purpose === undefined || file.purpose === purpose) && isInTime(file)
}

/**
 * Whether a file or batch was created between the dates of a query.
 *
 * @throws GatewayError `invalid` for a date in none of the four forms.
 */
export function creationFilterOf(query: URLSearchParams): (item: FileRow) => boolean {
  const [after, before] = [secondsOf(query, 'create_after'), secondsOf(query, 'create_before')]
  return ({ created_at }) =>
    (after === undefined || Number(created_at) >= after) &&
    (before === undefined || Number(created_at) <= before)
}

/** Seconds since 1970, as `created_at` has them. */
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
