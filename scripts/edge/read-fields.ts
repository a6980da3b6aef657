import { readFile } from 'node:fs/promises'
import { text } from 'node:stream/consumers'
import { UsageError } from './command.ts'
import type { Fields } from './policy.ts'

/**
 * The fields in the JSON file of a flag; `-` is standard input, and without the flag there are no fields.
 *
 * @throws UsageError for a file that cannot be read, or has no JSON object.
 */
export async function readFields(file: unknown): Promise<Fields> {
  if (typeof file !== 'string') return {}
  const value = parse(file, await textOf(file))
  if (typeof value === 'object' && value !== null && !Array.isArray(value)) return value as Fields
  throw new UsageError(`${file} does not contain a JSON object.`)
}

async function textOf(file: string): Promise<string> {
  if (file === '-') return text(process.stdin)
  try {
    return await readFile(file, 'utf8')
  } catch (error) {
    throw new UsageError(`${file} cannot be read: ${error instanceof Error ? error.message : error}`)
  }
}

function parse(file: string, content: string): unknown {
  try {
    return JSON.parse(content)
  } catch (error) {
    throw new UsageError(`${file} is not JSON: ${error instanceof Error ? error.message : error}`)
  }
}
