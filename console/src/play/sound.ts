import { HEARD_RATE, SPOKEN_RATE, samplesOf, soundOf } from './pcm.ts'

/** Samples per event: 128 ms, a compromise between latency and number of events. */
const PIECE = 2048

/** Silence after a file, by which the model detects the end of speech. */
const SILENCE_SECONDS = 1.5

/**
 * Records from the microphone until stopped.
 *
 * @returns a function that stops it; undefined if the user or the browser refuses.
 */
export async function hearMicrophone(
  onSamples: (samples: Uint8Array) => void,
): Promise<(() => void) | undefined> {
  const stream = await navigator.mediaDevices?.getUserMedia({ audio: true }).catch(() => undefined)
  if (!stream) return undefined
  const context = new AudioContext({ sampleRate: HEARD_RATE })
  // An AudioWorklet needs a separate script, which a content security policy may block; this node needs none.
  const node = context.createScriptProcessor(PIECE, 1, 1)
  node.onaudioprocess = ({ inputBuffer }) => onSamples(samplesOf(inputBuffer.getChannelData(0)))
  context.createMediaStreamSource(stream).connect(node)
  node.connect(context.destination)
  return () => {
    for (const track of stream.getTracks()) track.stop()
    void context.close()
  }
}

/**
 * Decodes a recording to samples, followed by silence, in the same chunk size as from a microphone.
 *
 * @throws DOMException if the browser cannot decode the file.
 */
export async function hearFile(file: Blob): Promise<Uint8Array[]> {
  const context = new OfflineAudioContext(1, 1, HEARD_RATE)
  const sound = (await context.decodeAudioData(await file.arrayBuffer())).getChannelData(0)
  const padded = new Float32Array(sound.length + SILENCE_SECONDS * HEARD_RATE)
  padded.set(sound)
  const count = Math.ceil(padded.length / PIECE)
  return Array.from({ length: count }, (_, index) =>
    samplesOf(padded.subarray(index * PIECE, (index + 1) * PIECE)),
  )
}

/** Plays samples one after another as they arrive. */
export class Speaker {
  readonly #context = new AudioContext({ sampleRate: SPOKEN_RATE })
  #sources: AudioBufferSourceNode[] = []
  #until = 0

  play(samples: Uint8Array): void {
    const sound = soundOf(samples)
    if (sound.length === 0) return
    const buffer = this.#context.createBuffer(1, sound.length, SPOKEN_RATE)
    buffer.copyToChannel(sound, 0)
    const source = this.#context.createBufferSource()
    source.buffer = buffer
    source.connect(this.#context.destination)
    this.#until = Math.max(this.#until, this.#context.currentTime)
    source.start(this.#until)
    this.#until += buffer.duration
    this.#sources.push(source)
    source.onended = () => {
      this.#sources = this.#sources.filter((each) => each !== source)
    }
  }

  /** Drops samples that were not played yet. */
  stop(): void {
    for (const source of this.#sources) source.stop()
    this.#sources = []
    this.#until = 0
  }

  close(): void {
    this.stop()
    void this.#context.close()
  }
}
