import { existsSync, readFileSync } from 'node:fs'
import { parseEnv } from 'node:util'

const UTF16_LITTLE_ENDIAN_MARK = [0xff, 0xfe]

/**
 * Parses a file of `NAME=value` lines as written by editors on any system: with or without a byte order mark, with LF
 * or CRLF, with quotes, comments and `export`. PowerShell's `>` writes UTF-16.
 *
 * @returns the variables of the file; empty if there is no file.
 */
export function readEnvFile(path: string): Record<string, string> {
  if (!existsSync(path)) return {}
  const bytes = readFileSync(path)
  const isUtf16 = UTF16_LITTLE_ENDIAN_MARK.every((byte, at) => bytes[at] === byte)
  const text = bytes.toString(isUtf16 ? 'utf16le' : 'utf8').replace(/^\uFEFF/, '')
  return Object.fromEntries(Object.entries(parseEnv(text)).map(([name, value]) => [name, value ?? '']))
}
