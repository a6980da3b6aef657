import type { Part } from './conversation.ts'
import { at, list, text } from './read.ts'

const MEDIA = ['image', 'audio', 'video'] as const

/** Whether a part is text, also an empty one. */
export function isText(block: unknown): boolean {
  return typeof block === 'string' || typeof at(block).text === 'string'
}

/** The texts of a string or of a list of parts. */
export function textIn(content: unknown): string {
  if (typeof content === 'string') return content
  return list(content)
    .map((part) => text(part) || text(at(part).text))
    .filter(Boolean)
    .join('\n')
}

/** The picture, sound or film of a part in any dialect; undefined for frames and other kinds. */
export function mediaIn(
  part: Record<string, unknown>,
): (Part & { kind: (typeof MEDIA)[number] }) | undefined {
  for (const kind of MEDIA) {
    const source = part.type === kind ? part.source : undefined
    const value = part[kind] ?? part[`${kind}_url`] ?? part[`input_${kind}`] ?? source
    const { url, data, format, media_type = `audio/${format}` } = at(value)
    const address = text(value) || text(url) || text(data)
    if (address === '') continue
    return { kind, name: '', url: /^\w+:/.test(address) ? address : `data:${media_type};base64,${address}` }
  }
  return undefined
}
