// The page examples/page/omni.html without a browser: an omni model hears a file in place of the microphone.
// With the emulator it prints: It heard: samples=17600 peak=8000…It said: You said: samples=17600 peak=8000 (images 0)…It spoke 48000 samples.

import { converse, HEARD_RATE, pieces } from '../page/omni.mjs'

if (typeof WebSocket === 'undefined') {
  console.error('This program needs Node.js 22, such as: ../../node_modules/.bin/node omni-page.mjs')
  process.exit(1)
}

const gateway = process.env.DASHSCOPE_EDGE_URL
const headers = {
  authorization: `Bearer ${process.env.DASHSCOPE_EDGE_KEY}`,
  'content-type': 'application/json',
}

async function post(path, body) {
  const response = await fetch(gateway + path, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!response.ok) throw new Error(await response.text())
  return response
}

// The server of a page mints a token for each visitor; the page never sees the key.
const { token } = await (await post('/edge/tokens', { models: ['qwen3-omni-flash-realtime'] })).json()

// The file: a question, spoken by another model.
const file = await post('/compatible-mode/v1/audio/speech', {
  model: 'cosyvoice-v3-flash',
  voice: 'longanyang',
  input: 'Hello, who are you?',
  response_format: 'wav',
  sample_rate: HEARD_RATE,
})
const WAV_HEADER_BYTES = 44
const recording = new Int16Array((await file.arrayBuffer()).slice(WAV_HEADER_BYTES))

let spoken = 0
const { heard, said } = await converse({
  gateway,
  token,
  model: 'qwen3-omni-flash-realtime',
  sound: pieces(recording),
  onSound: (samples) => {
    spoken += samples.length
  },
})
console.log(`It heard: ${heard}`)
console.log(`It said: ${said}`)
console.log(`It spoke ${spoken} samples.`)
