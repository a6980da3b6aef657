// Alerts of the gateway in a DingTalk group: a receiver that verifies each message and hands it to a group's robot.
//
// 1. DingTalk: group settings > Robots > Add > Custom, security "Sign": DINGTALK_ROBOT_URL is its webhook, DINGTALK_ROBOT_SECRET its
//    secret. Run this program where the gateway can reach it over https.
// 2. The operator: curl "$DASHSCOPE_EDGE_URL/edge/jobs/endpoints" -H "Authorization: Bearer $ADMIN_TOKEN" -H 'Content-Type: application/json'
//    -d '{"url": "https://alerts.example.com/", "events": ["budget.threshold", "key.expiring", "delivery.dead"]}'
//    and set limits and "alerts": {"percent": [80, 100]} in the record of a key.
//
// Without DINGTALK_ROBOT_URL it sends itself a test with the client key, and prints what the robot would get.
// With the emulator it prints: {"msgtype":"text","text":{"content":"edge.test\nendpoint: ep_…"}}
import { createHmac, timingSafeEqual } from 'node:crypto'
import { once } from 'node:events'
import { createServer } from 'node:http'

const { DASHSCOPE_EDGE_URL: gateway, DASHSCOPE_EDGE_KEY: key, PORT = '0' } = process.env
const { DINGTALK_ROBOT_URL: robot, DINGTALK_ROBOT_SECRET: robotSecret = '' } = process.env
let { WEBHOOK_SECRET: secret } = process.env

const server = createServer(async (request, response) => {
  const pieces = []
  for await (const piece of request) pieces.push(piece)
  const body = Buffer.concat(pieces)
  if (!isSigned(request.headers, body)) return response.writeHead(401).end()
  const { type, data } = JSON.parse(body)
  const lines = Object.entries(data).map(([name, value]) => `${name}: ${value}`)
  const message = JSON.stringify({ msgtype: 'text', text: { content: [type, ...lines].join('\n') } })
  // A failure here makes the gateway send the alert again.
  response.writeHead((await tell(message)) ? 200 : 502).end()
}).listen(Number(PORT), '127.0.0.1')
await once(server, 'listening')
if (!robot) await testItself()

/** Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, at most five minutes old. */
function isSigned(headers, body) {
  const { 'webhook-id': id, 'webhook-timestamp': timestamp, 'webhook-signature': signatures = '' } = headers
  if (Math.abs(Date.now() / 1000 - Number(timestamp)) > 300) return false
  const hmac = createHmac('sha256', Buffer.from(secret.slice('whsec_'.length), 'base64'))
  const expected = hmac.update(`${id}.${timestamp}.`).update(body).digest()
  return signatures.split(' ').some((entry) => {
    const given = Buffer.from(entry.replace(/^v1,/, ''), 'base64')
    return given.length === expected.length && timingSafeEqual(given, expected)
  })
}

/** DingTalk's custom robots: the signature is in the URL. HTTP 200 with another `errcode` than 0 is a failure. */
async function tell(message) {
  if (!robot) {
    console.log(message)
    server.close()
    return true
  }
  const timestamp = Date.now()
  const sign = createHmac('sha256', robotSecret).update(`${timestamp}\n${robotSecret}`).digest('base64')
  const url = `${robot}&timestamp=${timestamp}&sign=${encodeURIComponent(sign)}`
  const headers = { 'content-type': 'application/json' }
  const response = await fetch(url, { method: 'POST', headers, body: message })
  return response.ok && (await response.json()).errcode === 0
}

async function testItself() {
  const ask = async (method, path, body) => {
    const headers = { authorization: `Bearer ${key}`, 'content-type': 'application/json' }
    const response = await fetch(gateway + path, {
      method,
      headers,
      ...(body && { body: JSON.stringify(body) }),
    })
    return response.json()
  }
  const url = `http://127.0.0.1:${server.address().port}/`
  const { id } = await ask('POST', '/edge/jobs/endpoints', { url })
  const { secrets } = await ask('GET', `/edge/jobs/endpoints/${id}/secret`)
  secret = secrets[0].secret
  await ask('POST', `/edge/jobs/endpoints/${id}/test`)
}
