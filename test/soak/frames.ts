/** One event of a stream. */
export interface Frame {
  event: string
  data: string
}

/**
 * The events of a stream whose lines end in LF. What no blank line ends is no event, as clients have it (HTML standard,
 * event streams); blocks without data are comments.
 */
export function framesOf(body: string): Frame[] {
  return body
    .split('\n\n')
    .slice(0, -1)
    .map((block) => block.split('\n'))
    .map((lines) => ({ event: field(lines, 'event'), data: field(lines, 'data') }))
    .filter(({ data }) => data !== '')
}

function field(lines: readonly string[], name: string): string {
  return lines
    .filter((line) => line.startsWith(`${name}:`))
    .map((line) => line.slice(name.length + 1).replace(/^ /, ''))
    .join('\n')
}
