// A question as a job: the gateway answers 202 at once and sends the response to a webhook, signed.
// The receiver here is on this machine, which a gateway of "npm start" allows; a deployed one needs a public https URL.
// With the emulator it prints: job.succeeded: 12*7 = 84
import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

const { DASHSCOPE_EDGE_URL: gateway, DASHSCOPE_EDGE_KEY: key } = process.env
const authorization = `Bearer ${key}`

const { secrets } = await (await fetch(`${gateway}/edge/jobs/secret`, { headers: { authorization } })).json()

const server = createServer(async (request, response) => {
  const pieces = []
  for await (const piece of request) pieces.push(piece)
  const body = Buffer.concat(pieces)
  const isSigned = verify(body, request.headers)
  response.writeHead(isSigned ? 200 : 401).end()
  if (isSigned) server.emit('message', JSON.parse(body))
}).listen(0, '127.0.0.1')
await once(server, 'listening')

const submitted = await fetch(`${gateway}/compatible-mode/v1/chat/completions`, {
  method: 'POST',
  headers: {
    authorization,
    'content-type': 'application/json',
    prefer: 'respond-async',
    'x-edge-webhook': `http://127.0.0.1:${server.address().port}/`,
  },
  body: JSON.stringify({ model: 'qwen-plus', messages: [{ role: 'user', content: '12*7' }] }),
})
if (submitted.status !== 202) throw new Error(await submitted.text())

const [{ type, data }] = await once(server, 'message')
console.log(`${type}: ${data.response.choices[0].message.content}`)
server.close()

/** Standard Webhooks: HMAC-SHA256 over id, time and the raw body, with any valid secret. */
function verify(body, headers) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false
  return secrets.some(({ secret }) => {
    const hmac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
    const expected = hmac.update(`${id}.${timestamp}.`).update(body).digest()
    return signatures.split(' ').some((each) => {
      const given = Buffer.from(each.slice('v1,'.length), 'base64')
      return given.length === expected.length && timingSafeEqual(given, expected)
    })
  })
}
