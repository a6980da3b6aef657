/** Samples per second that omni models hear, and that they speak with. */
export const HEARD_RATE = 16_000
export const SPOKEN_RATE = 24_000

/**
 * Says something to an omni model and waits for its answer. It runs in pages and in Node.js 22.
 *
 * @param {object} options
 * @param {string} options.gateway the gateway's URL.
 * @param {string} options.token a session token; a page gets it from its own server, or by Turnstile.
 * @param {string} options.model
 * @param {AsyncIterable<Int16Array>} options.sound what the microphone hears, at 16,000 samples a second.
 * @param {(sound: Int16Array) => void} options.onSound gets the answer while it is spoken, at 24,000 samples a second.
 * @returns {Promise<{ heard: string, said: string }>} both sides of the conversation as text.
 */
export async function converse({ gateway, token, model, sound, onSound }) {
  const address = new URL(`/api-ws/v1/realtime?model=${encodeURIComponent(model)}`, gateway)
  address.protocol = address.protocol.replace('http', 'ws')
  const socket = new WebSocket(address, ['realtime', `openai-insecure-api-key.${token}`])
  const send = (event) => socket.send(JSON.stringify(event))
  const ended = new Promise((resolve, reject) => {
    let heard = ''
    let said = ''
    socket.onerror = () => reject(new Error('The connection failed.'))
    socket.onclose = () => reject(new Error('The connection was closed before the answer was complete.'))
    socket.onmessage = ({ data }) => {
      const event = JSON.parse(data)
      if (event.type === 'error') reject(new Error(event.error.message))
      if (event.type === 'conversation.item.input_audio_transcription.completed') heard = event.transcript
      if (event.type === 'response.audio_transcript.delta') said += event.delta
      if (event.type === 'response.audio.delta') onSound(samplesOf(event.delta))
      if (event.type === 'response.done') resolve({ heard, said })
    }
  })
  try {
    await Promise.race([new Promise((resolve) => (socket.onopen = resolve)), ended])
    send({
      type: 'session.update',
      session: { modalities: ['text', 'audio'], turn_detection: { type: 'server_vad' } },
    })
    for await (const samples of sound) send({ type: 'input_audio_buffer.append', audio: base64Of(samples) })
    return await ended
  } finally {
    socket.onclose = null
    socket.close()
  }
}

/** Cuts a recording into pieces of 100 ms, as a microphone gives them, and ends it with the silence that ends a turn. */
export async function* pieces(recording) {
  const size = HEARD_RATE / 10
  const silence = 12
  for (let at = 0; at < recording.length; at += size) yield recording.subarray(at, at + size)
  for (let piece = 0; piece < silence; piece++) yield new Int16Array(size)
}

function base64Of(samples) {
  const bytes = new Uint8Array(samples.buffer, samples.byteOffset, samples.byteLength)
  return btoa(Array.from(bytes, (byte) => String.fromCharCode(byte)).join(''))
}

function samplesOf(text) {
  return new Int16Array(Uint8Array.from(atob(text), (character) => character.charCodeAt(0)).buffer)
}
