import { isJsonObject } from '../lib/json/object.ts'
import { creationFilterOf } from './file-filter.ts'

/**
 * The filter of a list of batches: `ds_name`, `input_file_ids`, `status`, `create_after` and `create_before` of
 * DashScope's Batch page; the second and the third are comma-separated.
 *
 * @param query the list's query; a missing or empty parameter filters nothing.
 * @returns a predicate for batches as DashScope describes them.
 * @throws GatewayError `invalid` for a date in none of DashScope's forms.
 */
export function batchFilterOf(query: URLSearchParams): (batch: Record<string, unknown>) => boolean {
  const name = query.get('ds_name') || undefined
  const [files, statuses] = [valuesOf(query, 'input_file_ids'), valuesOf(query, 'status')]
  const isInTime = creationFilterOf(query)
  return (batch) => {
    const { metadata, input_file_id: file, status } = batch
    const isNamed = name === undefined || nameIncludes(metadata, name)
    const isOfFile = files.length === 0 || files.some((each) => each === file)
    return (
      isNamed &&
      isOfFile &&
      (statuses.length === 0 || statuses.some((each) => each === status)) &&
      isInTime(batch)
    )
  }
}

/** DashScope matches parts of a name, as its recorded lists show. */
function nameIncludes(metadata: unknown, part: string): boolean {
  return isJsonObject(metadata) && typeof metadata.ds_name === 'string' && metadata.ds_name.includes(part)
}

function valuesOf(query: URLSearchParams, name: string): string[] {
  const texts = query.getAll(name).flatMap((text) => text.split(','))
  return texts.map((text) => text.trim()).filter(Boolean)
}
