// An image task that calls back: the gateway looks the task up and sends its result to a webhook.
// The receiver here is on this machine, which a gateway of "npm start" allows; a deployed one needs a public https URL.
// Verify the signature in a receiver of your own; job.mjs shows how.
// With the emulator it prints: job.succeeded: http…
import { once } from 'node:events'
import { createServer } from 'node:http'

const { DASHSCOPE_EDGE_URL: gateway, DASHSCOPE_EDGE_KEY: key } = process.env

const server = createServer(async (request, response) => {
  const pieces = []
  for await (const piece of request) pieces.push(piece)
  response.writeHead(200).end()
  server.emit('message', JSON.parse(Buffer.concat(pieces)))
}).listen(0, '127.0.0.1')
await once(server, 'listening')

const submitted = await fetch(`${gateway}/api/v1/services/aigc/text2image/image-synthesis`, {
  method: 'POST',
  headers: {
    authorization: `Bearer ${key}`,
    'content-type': 'application/json',
    'x-dashscope-async': 'enable',
    'x-edge-webhook': `http://127.0.0.1:${server.address().port}/`,
  },
  body: JSON.stringify({ model: 'wanx2.1-t2i-turbo', input: { prompt: '一只猫' } }),
})
if (!submitted.ok) throw new Error(await submitted.text())

// The URLs in the result are valid for 24 hours: data.result_expires_at.
const [{ type, data }] = await once(server, 'message')
console.log(`${type}: ${data.response.output.results[0].url}`)
server.close()
