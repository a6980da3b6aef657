import { speak, wavHeader } from './realtime/tone.ts'

/** Samples per second of a tone. */
const RATE = 24_000

/** The header of an MPEG-1 layer III frame: 32 kbit/s, 44.1 kHz, one channel, no checksum. */
const MP3_HEADER = [0xff, 0xfb, 0x10, 0xc4]

/** The size of such a frame. All zeros after the header mean silence. */
const MP3_FRAME_BYTES = 104

/** About a second. */
const MP3_FRAMES = 38

/** Two tenths of a second of a tone as 16-bit little-endian samples. */
export function toneSamples(): Uint8Array<ArrayBuffer> {
  return joined(speak({ rate: RATE, phase: 0 }, 'Hi'))
}

/** A complete WAV file with the tone. */
export function wavFile(): Uint8Array<ArrayBuffer> {
  const samples = toneSamples()
  return joined([wavHeader(RATE, samples.byteLength), samples])
}

/** A complete MP3 file with a second of silence. */
export function mp3File(): Uint8Array<ArrayBuffer> {
  const file = new Uint8Array(MP3_FRAMES * MP3_FRAME_BYTES)
  for (let at = 0; at < file.byteLength; at += MP3_FRAME_BYTES) file.set(MP3_HEADER, at)
  return file
}

function joined(pieces: readonly Uint8Array[]): Uint8Array<ArrayBuffer> {
  const whole = new Uint8Array(pieces.reduce((size, piece) => size + piece.byteLength, 0))
  let at = 0
  for (const piece of pieces) {
    whole.set(piece, at)
    at += piece.byteLength
  }
  return whole
}
