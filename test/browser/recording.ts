import { rmSync } from 'node:fs'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

/** Chromium converts what it reads, so any usual rate serves. */
const RATE = 16_000
const FREQUENCY = 440
const AMPLITUDE = 8000

/** A turn ends after 800 ms of silence (Realtime page, server_vad). */
const SPEECH_SECONDS = 1
const SILENCE_SECONDS = 2

/** Writes a WAV file that begins with a tone in the place of speech and ends with silence; returns its path. */
export async function recordSpeech(): Promise<string> {
  const directory = await mkdtemp(join(tmpdir(), 'dashscope-edge-recording-'))
  process.once('exit', () => rmSync(directory, { recursive: true, force: true }))
  const samples = new Int16Array(RATE * (SPEECH_SECONDS + SILENCE_SECONDS))
  for (let at = 0; at < RATE * SPEECH_SECONDS; at++)
    samples[at] = Math.round(AMPLITUDE * Math.sin((2 * Math.PI * FREQUENCY * at) / RATE))
  const path = join(directory, 'speech.wav')
  await writeFile(path, Buffer.concat([header(samples.byteLength), Buffer.from(samples.buffer)]))
  return path
}

/** The header of a WAV file of 16-bit samples in one channel. */
function header(bytes: number): Buffer {
  const head = Buffer.alloc(44)
  head.write('RIFF', 0)
  head.writeUInt32LE(36 + bytes, 4)
  head.write('WAVEfmt ', 8)
  head.writeUInt32LE(16, 16)
  head.writeUInt16LE(1, 20)
  head.writeUInt16LE(1, 22)
  head.writeUInt32LE(RATE, 24)
  head.writeUInt32LE(RATE * 2, 28)
  head.writeUInt16LE(2, 32)
  head.writeUInt16LE(16, 34)
  head.write('data', 36)
  head.writeUInt32LE(bytes, 40)
  return head
}
