/** One event of a stream as it is on the wire. */
export interface Frame {
  event: string | undefined
  /** Of DashScope's comment `:HTTP_STATUS/200`. */
  status: number | undefined
  data: string
}

/**
 * Reads the events of a stream as its bytes come (HTML standard, "event stream interpretation"): lines end in LF, CRLF or
 * CR, and an event ends with a blank line. The end of the stream ends the last event too, since DashScope may leave the
 * blank line out there; whether its data is whole is for its reader to see.
 *
 * @returns takes the next bytes, cut anywhere, or nothing at the end of the stream; gives the events that are complete with
 *   them. Blocks without data are not events.
 */
export function frameReader(): (chunk?: Uint8Array) => Frame[] {
  const decoder = new TextDecoder()
  // Pieces of a line that has not ended: joined once, so that a long line in small chunks takes linear time.
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

/** The fields of an event whose lines are being read. */
export interface FrameFields {
  event: string | undefined
  status: number | undefined
  data: string[]
}

/** The fields of an event without a line. */
export function noFields(): FrameFields {
  return { event: undefined, status: undefined, data: [] }
}

/** Reads one line of an event into its fields; other fields and comments are ignored. */
export function readField(fields: FrameFields, line: string): void {
  if (line.startsWith(':HTTP_STATUS/')) fields.status = Number(line.slice(13))
  else if (line.startsWith('event:')) fields.event = line.slice(6).trim()
  else if (line.startsWith('data:')) fields.data.push(line.slice(5).replace(/^ /, ''))
}
