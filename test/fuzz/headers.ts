import type { Random } from './random.ts'

/** The origin that the gateway of the fuzz lets in, and many that it does not. */
export const NAMED_ORIGIN = 'https://app.example'
const ORIGINS = [
  NAMED_ORIGIN,
  'https://app.example.evil.example',
  'https://evil.example',
  'http://app.example',
  'https://app.example:8443',
  'https://APP.example',
  'null',
  '',
  '*',
  'https://app.example, https://evil.example',
]

const SCHEMES = ['Bearer ', 'bearer ', 'BEARER  ', 'Basic ', '']
const CONTENT_TYPES = [
  'application/json; charset=utf-8',
  'APPLICATION/JSON',
  'application/json;charset=gbk',
  'text/plain',
  'multipart/form-data; boundary=fuzz',
  'multipart/form-data',
  'application/x-www-form-urlencoded',
  ';',
  '',
]

/** What a header may be given: mostly what clients send, sometimes what none would. */
const OTHERS: Readonly<Record<string, readonly string[]>> = {
  accept: [
    'text/event-stream',
    'application/json',
    '*/*',
    'text/event-stream;q=0',
    'text/event-stream;q=0.5, */*',
    ',,;',
    '',
  ],
  'cache-control': [
    'no-store',
    'no-cache',
    'max-age=0',
    'only-if-cached',
    'max-age=99999999999999999999',
    'x="',
    'no-store=1,',
    '',
  ],
  'x-edge-cache-ttl': ['60', '2592000', '59', '-1', '1e3', 'x', ''],
  'x-dashscope-sse': ['enable', 'ENABLE', ' enable ', 'disable', '1', ''],
  'x-dashscope-async': ['enable', 'disable', 'x', ''],
  'x-dashscope-workspace': ['llm-1', '../x', '\u00ff'],
  'x-dashscope-datainspection': ['enable', '{"input":"cip"}', '{'],
  'x-dashscope-plugin': ['{}', '\u00e9'],
  'x-dashscope-unknown': ['a', 'b'.repeat(3000)],
  'content-encoding': ['gzip', 'identity', 'br', ''],
  'accept-encoding': ['gzip', 'identity', 'br;q=1, *;q=0'],
  'anthropic-version': ['2023-06-01', ''],
  'openai-beta': ['assistants=v2'],
  cookie: ['a=b'],
  'x-forwarded-for': ['10.0.0.1'],
  'cf-connecting-ip': ['10.0.0.1', 'x'],
  'if-none-match': ['*'],
  range: ['bytes=0-1'],
  'user-agent': ['', 'x'.repeat(2000)],
  'x-http-method-override': ['DELETE'],
  'access-control-request-method': ['POST', 'DELETE', 'x', ''],
  'access-control-request-headers': ['authorization,content-type', 'x-dashscope-sse', ',,,', '*'],
}

/** Headers around a good key: mostly harmless ones, sometimes a spoilt credential, type or origin. */
export function someHeaders(
  keys: readonly string[],
  usual: Readonly<Record<string, string>>,
  random: Random,
): Record<string, string> {
  const headers: Record<string, string> = { ...usual, ...credential(keys, random) }
  if (random.chance(0.05)) headers['content-type'] = random.pick(CONTENT_TYPES)
  if (random.chance(0.1)) headers.origin = random.chance(0.5) ? NAMED_ORIGIN : random.pick(ORIGINS)
  const names = Object.keys(OTHERS)
  for (let left = random.below(4); left > 0; left--) {
    const name = random.pick(names)
    // Most bodies that say they are compressed would only be refused for it.
    if (name === 'content-encoding' && random.chance(0.8)) continue
    headers[name] = random.pick(OTHERS[name] ?? [''])
  }
  return headers
}

function credential(keys: readonly string[], random: Random): Record<string, string> {
  const key = random.pick(keys)
  switch (random.below(60)) {
    case 0:
      return {}
    case 1:
      return { authorization: random.pick(SCHEMES) + key }
    case 2:
      return { 'x-api-key': key }
    case 3:
      return { 'x-dashscope-apikey': key }
    case 4:
      return { authorization: `Bearer ${key.slice(0, -1)}` }
    case 5:
      return { authorization: `Bearer ${key}`, 'x-api-key': random.pick(keys) }
    case 6:
      return {
        authorization: random.pick([
          'Bearer sk-mine',
          'Bearer eyJhbGciOiJub25lIn0.e30.',
          'Bearer',
          `Bearer ${key},`,
          '\u00ff',
        ]),
      }
    default:
      return { authorization: `Bearer ${key}` }
  }
}
