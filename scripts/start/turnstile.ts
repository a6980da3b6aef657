/** Turnstile, "Testing": the secret that accepts every response, and the response of the test sitekeys. */
export const TEST_SECRET = '1x0000000000000000000000000000000AA'
export const TEST_RESPONSE = 'XXXX.DUMMY.TOKEN.XXXX'

/** A stand-in for the widget with a test sitekey: soon after rendering, it calls back with a response. */
export const WIDGET = `window.turnstile = {
  render(container, { callback }) {
    document.querySelector(container).textContent = 'You are human.'
    setTimeout(callback, 0, '${TEST_RESPONSE}')
    return container
  },
  remove(container) {
    document.querySelector(container).textContent = ''
  },
}`

/**
 * The response of siteverify to a request body, for a widget on `hostname` with `action`.
 *
 * @throws SyntaxError for a body that is not JSON.
 */
export function verdict(body: string, hostname: string, action: string): object {
  const { secret, response } = JSON.parse(body) as { secret?: unknown; response?: unknown }
  const errors = [
    ...(secret === TEST_SECRET ? [] : ['invalid-input-secret']),
    ...(response === TEST_RESPONSE ? [] : ['invalid-input-response']),
  ]
  return { success: errors.length === 0, 'error-codes': errors, hostname, action }
}
