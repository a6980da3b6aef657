// What a page needs to use the gateway: no key, no library. Change the first three.
const GATEWAY = 'https://dashscope-edge.example.workers.dev'
const KEY_ID = 'key_0000000000000000'
const SITEKEY = '1x00000000000000000000AA' // Turnstile's test key that lets everybody pass
const MAX_TOKENS = 500 // The operator has capped the key, so each request has to name a length.

const element = (id) => document.getElementById(id)
let token
let leave

element('form').addEventListener('submit', async (event) => {
  event.preventDefault()
  leave = new AbortController()
  element('ask').disabled = true
  element('stop').disabled = false
  element('answer').value = ''
  element('status').textContent = 'Answering …'
  try {
    await answer(element('model').value, element('question').value, leave.signal)
    element('status').textContent = 'Done.'
  } catch (error) {
    element('status').textContent = leave.signal.aborted ? 'Stopped.' : error.message
  }
  element('ask').disabled = false
  element('stop').disabled = true
})
// The gateway passes it on: DashScope stops writing, and what was not written is not paid for.
element('stop').addEventListener('click', () => leave.abort())

element('question').addEventListener('keydown', (event) => {
  if (event.key === 'Enter' && (event.ctrlKey || event.metaKey)) element('ask').click()
})

/** Shows the answer as it comes. */
async function answer(model, question, signal) {
  token ??= await getToken()
  const response = await fetch(`${GATEWAY}/compatible-mode/v1/chat/completions`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify({
      model,
      stream: true,
      max_tokens: MAX_TOKENS,
      messages: [{ role: 'user', content: question }],
    }),
    signal,
  })
  if (response.status === 401) token = undefined // It has expired; the next question gets a new one.
  if (!response.ok) throw new Error(await refusal(response))
  let isComplete = false
  for await (const data of readEvents(response.body)) {
    isComplete = data === '[DONE]'
    if (isComplete) continue
    const { choices, error } = JSON.parse(data)
    if (error) throw new Error(`The answer broke off: ${error.message}`)
    element('answer').value += choices[0]?.delta.content ?? ''
  }
  if (!isComplete) throw new Error('The answer broke off.')
}

/** A session token: it lives for minutes, and all requests with it share a budget that the operator has set. */
async function getToken() {
  const response = await fetch(`${GATEWAY}/edge/tokens`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ key_id: KEY_ID, turnstile: await proveHuman() }),
  })
  if (!response.ok) throw new Error(await refusal(response))
  return (await response.json()).token
}

/** Turnstile's response, which is good for one token. */
function proveHuman() {
  return new Promise((resolve, reject) => {
    const widget = window.turnstile.render('#human', {
      sitekey: SITEKEY,
      action: 'chat',
      callback: (response) => {
        window.turnstile.remove(widget)
        resolve(response)
      },
      'error-callback': (code) => reject(new Error(`Turnstile failed: ${code}.`)),
    })
  })
}

/** What an error says, and when to come back. */
async function refusal(response) {
  const { error, message } = await response.json()
  const seconds = response.headers.get('retry-after')
  return `${response.status}: ${error?.message ?? message}${seconds ? ` (Retry-After: ${seconds} s)` : ''}`
}

/** The data of each event of a stream (HTML standard, server-sent events; DashScope writes one line of data an event). */
async function* readEvents(body) {
  const reader = body.pipeThrough(new TextDecoderStream()).getReader()
  let rest = ''
  for (let read = await reader.read(); !read.done; read = await reader.read()) {
    const lines = (rest + read.value).split('\n')
    rest = lines.pop()
    for (const line of lines) if (line.startsWith('data:')) yield line.slice('data:'.length).trim()
  }
}
