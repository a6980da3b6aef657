// The OpenAI SDK: an image, speech, its transcript, and a video. DashScope's own API has other endpoints for these.
// With the emulator it prints: The image has 78 bytes.…The speech has 9644 bytes.…It says: Hello world.…The video wan2.6-t2v has 13 bytes.

import OpenAI, { toFile } from 'openai'

const client = new OpenAI({
  baseURL: `${process.env.DASHSCOPE_EDGE_URL}/compatible-mode/v1`,
  apiKey: process.env.DASHSCOPE_EDGE_KEY,
})

const image = await client.images.generate({
  model: 'qwen-image',
  prompt: 'A cat that reads a newspaper',
  size: '1328x1328',
  response_format: 'b64_json',
})
console.log(`The image has ${Buffer.from(image.data[0].b64_json, 'base64').length} bytes.`)

const speech = await client.audio.speech.create({
  model: 'qwen3-tts-flash',
  voice: 'Cherry',
  input: 'Hello world.',
  response_format: 'wav',
})
const sound = Buffer.from(await speech.arrayBuffer())
console.log(`The speech has ${sound.length} bytes.`)

const transcript = await client.audio.transcriptions.create({
  model: 'qwen3-asr-flash',
  file: await toFile(sound, 'hello.wav'),
  language: 'en',
})
console.log(`It says: ${transcript.text}`)

let video = await client.videos.create({ model: 'wan2.6-t2v', prompt: 'A cat on the moon', size: '1280x720' })
while (video.status === 'queued' || video.status === 'in_progress') {
  await new Promise((resolve) => setTimeout(resolve, 1000))
  video = await client.videos.retrieve(video.id)
}
const content = await client.videos.downloadContent(video.id)
console.log(`The video ${video.model} has ${(await content.arrayBuffer()).byteLength} bytes.`)
