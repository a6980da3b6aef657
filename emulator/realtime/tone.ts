/** The amplitude of the synthetic voice, and the threshold for speech in incoming audio. */
const AMPLITUDE = 8000
const SPEECH_AMPLITUDE = 500

/** The duration of audio per code point, and per frame. */
const MILLISECONDS_PER_CODE_POINT = 100

/** A synthetic voice: a sine wave whose frequency depends on the text and whose phase continues through the task. */
export interface Tone {
  rate: number
  phase: number
}

/** The audio of a text as frames of 100 ms of 16-bit little-endian samples; advances the phase. */
export function speak(tone: Tone, text: string): Uint8Array[] {
  const points = Array.from(text)
  const sum = points.reduce((total, point) => total + (point.codePointAt(0) ?? 0), 0)
  const step = (2 * Math.PI * (220 + 20 * (sum % 40))) / tone.rate
  return points.map(() => {
    const samples = new Int16Array((tone.rate * MILLISECONDS_PER_CODE_POINT) / 1000)
    for (let at = 0; at < samples.length; at++) {
      samples[at] = Math.round(AMPLITUDE * Math.sin(tone.phase))
      tone.phase += step
    }
    return new Uint8Array(samples.buffer)
  })
}

/** The size that a WAV stream gives: its real one is unknown in advance. */
const LARGEST_SIZE = 0x7fffffff

/**
 * The 44 bytes before the samples of a WAV file.
 *
 * @param bytes the size of the samples; without it, the header is that of a stream.
 */
export function wavHeader(rate: number, bytes?: number): Uint8Array {
  const header = new DataView(new ArrayBuffer(44))
  const text = (at: number, value: string) => {
    for (let index = 0; index < value.length; index++) header.setUint8(at + index, value.charCodeAt(index))
  }
  text(0, 'RIFF')
  header.setUint32(4, bytes === undefined ? LARGEST_SIZE : bytes + header.byteLength - 8, true)
  text(8, 'WAVEfmt ')
  header.setUint32(16, 16, true)
  header.setUint16(20, 1, true)
  header.setUint16(22, 1, true)
  header.setUint32(24, rate, true)
  header.setUint32(28, 2 * rate, true)
  header.setUint16(32, 2, true)
  header.setUint16(34, 16, true)
  text(36, 'data')
  header.setUint32(40, bytes ?? LARGEST_SIZE, true)
  return new Uint8Array(header.buffer)
}

/** The state of a listener. */
export interface Hearing {
  rate: number
  samples: number
  peak: number
  /** Samples since the last speech sample. */
  silent: number
  /** Samples of speech and pauses since the sentence began; 0 between sentences. */
  sentence: number
}

export function startHearing(rate: number): Hearing {
  return { rate, samples: 0, peak: 0, silent: 0, sentence: 0 }
}

/** Processes 16-bit little-endian samples; returns the number of sentences that ended with a pause of `silenceMs`. */
export function hear(hearing: Hearing, bytes: Uint8Array, silenceMs: number): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength & ~1)
  let ended = 0
  for (let at = 0; at < view.byteLength; at += 2) {
    const loud = Math.abs(view.getInt16(at, true))
    hearing.samples++
    hearing.peak = Math.max(hearing.peak, loud)
    hearing.silent = loud >= SPEECH_AMPLITUDE ? 0 : hearing.silent + 1
    if (loud >= SPEECH_AMPLITUDE || hearing.sentence > 0) hearing.sentence++
    if (hearing.sentence === 0 || hearing.silent < (hearing.rate * silenceMs) / 1000) continue
    hearing.sentence = 0
    ended++
  }
  return ended
}

/** A transcript of the audio that tests can check. */
export function transcriptOf({ samples, peak }: Hearing): string {
  return `samples=${samples} peak=${peak}`
}
