/** 16-bit little-endian samples with one channel: the format of DashScope's speech models. */

/** The sample rate of output (Qwen-TTS and Qwen-Omni realtime pages). */
export const SPOKEN_RATE = 24_000

/** The sample rate of input. */
export const HEARD_RATE = 16_000

const WAV_HEADER_BYTES = 44

/** Converts samples to a WAV file, which every browser plays. An existing header is replaced. */
export function wavOf(pieces: readonly Uint8Array<ArrayBuffer>[], rate: number): Blob {
  const samples = pieces.map((piece) => (isWav(piece) ? piece.subarray(WAV_HEADER_BYTES) : piece))
  const bytes = samples.reduce((sum, piece) => sum + piece.byteLength, 0)
  const header = new DataView(new ArrayBuffer(WAV_HEADER_BYTES))
  const word = (at: number, letters: string) => {
    for (const [index, letter] of [...letters].entries()) header.setUint8(at + index, letter.charCodeAt(0))
  }
  word(0, 'RIFF')
  header.setUint32(4, bytes + WAV_HEADER_BYTES - 8, true)
  word(8, 'WAVEfmt ')
  header.setUint32(16, 16, true)
  header.setUint16(20, 1, true)
  header.setUint16(22, 1, true)
  header.setUint32(24, rate, true)
  header.setUint32(28, rate * 2, true)
  header.setUint16(32, 2, true)
  header.setUint16(34, 16, true)
  word(36, 'data')
  header.setUint32(40, bytes, true)
  return new Blob([header.buffer, ...samples], { type: 'audio/wav' })
}

function isWav(piece: Uint8Array): boolean {
  return String.fromCharCode(...piece.subarray(0, 4)) === 'RIFF'
}

/** Converts samples of the Web Audio API, from -1 to 1, to 16-bit samples. */
export function samplesOf(sound: Float32Array): Uint8Array<ArrayBuffer> {
  const samples = new DataView(new ArrayBuffer(sound.length * 2))
  for (const [index, value] of sound.entries()) {
    samples.setInt16(index * 2, Math.round(Math.max(-1, Math.min(1, value)) * 0x7fff), true)
  }
  return new Uint8Array(samples.buffer)
}

/** The reverse of {@link samplesOf}. */
export function soundOf(samples: Uint8Array): Float32Array<ArrayBuffer> {
  const view = new DataView(samples.buffer, samples.byteOffset, samples.byteLength)
  return Float32Array.from({ length: samples.byteLength >> 1 }, (_, index) => {
    return view.getInt16(index * 2, true) / 0x8000
  })
}

export function fromBase64(text: string): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(atob(text), (letter) => letter.charCodeAt(0))
}

export function toBase64(bytes: Uint8Array): string {
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}
