/** The stream that a request orders from the stand-in for DashScope, in the body's member `bench`. */
export interface StreamOrder {
  /** The number of the prompt, repeated in every frame of its response. */
  number: number
  frames: number
  /** Milliseconds between two frames; the first is sent at once. */
  everyMs: number
  /** Hold the second frame until this many streams are open; 0: do not hold. */
  openTogether: number
}

/** Parses the order in a request's body. Throws SyntaxError if the body is not JSON. */
export function framesOf(body: string): StreamOrder {
  return (JSON.parse(body) as { bench: StreamOrder }).bench
}

/** One frame of about 250 bytes, in the form of DashScope's native streams. */
export function streamFrame(number: number, index: number, frames: number): string {
  const finish = index === frames ? 'stop' : 'null'
  const data = {
    output: {
      choices: [
        { message: { content: `prompt ${number} frame ${index}`, role: 'assistant' }, finish_reason: finish },
      ],
    },
    usage: { total_tokens: 8 + index, input_tokens: 8, output_tokens: index },
    request_id: 'd272255f-82d7-9cc7-93c5-17ff77024349',
  }
  return `id:${index}\nevent:result\n:HTTP_STATUS/200\ndata:${JSON.stringify(data)}\n\n`
}

/** Whether a text is the whole stream of one prompt: each frame once, in order, and nothing else. */
export function isWholeStream(text: string, number: number, frames: number): boolean {
  const expected = Array.from({ length: frames }, (_, position) => streamFrame(number, position + 1, frames))
  return text === expected.join('')
}
