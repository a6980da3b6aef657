/** One event of a stream. */
export interface Frame {
  event: string | undefined
  /** From DashScope's comment `:HTTP_STATUS/200`. */
  status: number | undefined
  data: string
}

/**
 * Parses the events of a stream incrementally (HTML standard, "event stream interpretation"): lines end in LF, CRLF
 * or CR, and an event ends with a blank line. The end of the stream ends the last event too, since DashScope may omit
 * the blank line there; callers must check whether its data is complete.
 *
 * @returns a function that takes the next chunk, cut anywhere, or nothing at the end of the stream, and returns the
 *   events completed by it. Blocks without data are not events.
 */
export function frameReader(): (chunk?: Uint8Array) => Frame[] {
  const decoder = new TextDecoder()
  // Parts of the unfinished line, joined only once, so that a long line in small chunks takes linear time.
  let unread: string[] = []
  let lines: string[] = []
  return (chunk) => {
    const text = chunk ? decoder.decode(chunk, { stream: true }) : `${decoder.decode()}\n\n`
    const mayEndLine = /[\r\n]/.test(text) || unread.at(-1)?.endsWith('\r')
    unread.push(text)
    if (!mayEndLine) return []
    const parts = unread.join('').split(/\r\n|\n|\r(?!$)/)
    unread = [parts.pop() ?? '']
    const frames: Frame[] = []
    for (const line of parts) {
      if (line !== '') {
        lines.push(line)
        continue
      }
      const frame = frameOf(lines)
      if (frame) frames.push(frame)
      lines = []
    }
    return frames
  }
}

/** All events of a complete stream. */
export function readFrames(bytes: Uint8Array): Frame[] {
  const nextFrames = frameReader()
  return [...nextFrames(bytes), ...nextFrames()]
}

function frameOf(lines: readonly string[]): Frame | undefined {
  const fields = noFields()
  for (const line of lines) readField(fields, line)
  const { event, status, data } = fields
  return data.length > 0 ? { event, status, data: data.join('\n') } : undefined
}

/** The fields of an event that is being parsed. */
export interface FrameFields {
  event: string | undefined
  status: number | undefined
  data: string[]
}

/** The fields of an event before its first line. */
export function noFields(): FrameFields {
  return { event: undefined, status: undefined, data: [] }
}

/** Parses one line of an event; unknown fields and comments are ignored. */
export function readField(fields: FrameFields, line: string): void {
  if (line.startsWith(':HTTP_STATUS/')) fields.status = Number(line.slice(13))
  else if (line.startsWith('event:')) fields.event = line.slice(6).trim()
  else if (line.startsWith('data:')) fields.data.push(line.slice(5).replace(/^ /, ''))
}
