import { describe, expect, it } from 'vitest'
import { type Env, readConfig } from '../src/config.ts'
import { isOriginPattern } from '../src/policy/origins.ts'

type Variables = Omit<Env, 'KEYS' | 'CACHE' | 'METER' | 'REGISTRY' | 'FLOW' | 'LEDGER' | 'POLLER'>

/** Only variables are read; the bindings are never touched. */
function read(variables: Variables) {
  return readConfig({ DASHSCOPE_API_KEY: 'sk-1', ...variables } as Env)
}

describe('readConfig', () => {
  it('Variables that are not set get their defaults.', () => {
    expect(read({})).toMatchObject({
      targets: [
        {
          id: 'beijing',
          region: 'beijing',
          baseUrl: 'https://dashscope.aliyuncs.com',
          apiKey: 'sk-1',
          keyName: 'DASHSCOPE_API_KEY',
        },
      ],
      route: 'order',
      hedge: false,
      adminToken: undefined,
      cacheTtlSeconds: 3600,
      cacheStreams: true,
      stale: { whileRevalidate: 0, ifError: 0 },
      streamOnlyModels: 'aggregate',
      maxBodyBytes: 20 * 1024 * 1024,
      allowedOrigins: [],
      firstByteDeadlineMs: 600_000,
      jobRetentionDays: 7,
      webhooks: {
        retries: [5, 300, 1800, 7200, 18_000, 36_000, 36_000],
        timeoutMs: 15_000,
        allowLoopback: false,
      },
      taskPollQps: 10,
    })
  })

  it('Blank variables count as unset.', () => {
    const blank = {
      ADMIN_TOKEN: ' ',
      DASHSCOPE_BASE_URL: ' ',
      CACHE_TTL_SECONDS: '',
      CACHE_STREAMS: ' ',
      CACHE_STALE_SECONDS: '',
      CACHE_STALE_IF_ERROR_SECONDS: ' ',
      STREAM_ONLY_MODELS: '',
      MAX_BODY_BYTES: ' ',
      ALLOWED_ORIGINS: ' , ,',
      UPSTREAM_TIMEOUT_SECONDS: '',
    }
    expect(read(blank)).toEqual(read({}))
  })

  it.each<[Variables, object]>([
    [{ DASHSCOPE_API_KEY: ' sk-2\n' }, { targets: [{ apiKey: 'sk-2' }] }],
    [{ DASHSCOPE_BASE_URL: 'http://127.0.0.1:9999/' }, { targets: [{ baseUrl: 'http://127.0.0.1:9999' }] }],
    [{ DASHSCOPE_BASE_URL: ' HTTPS://Ws-1.Example ' }, { targets: [{ baseUrl: 'https://ws-1.example' }] }],
    [{ ADMIN_TOKEN: ' correct horse=battery/+.~\n' }, { adminToken: 'correct horse=battery/+.~' }],
    [{ CACHE_TTL_SECONDS: '0' }, { cacheTtlSeconds: 0 }],
    [{ CACHE_TTL_SECONDS: '2592000' }, { cacheTtlSeconds: 2_592_000 }],
    [{ CACHE_STREAMS: 'off' }, { cacheStreams: false }],
    [{ CACHE_STALE_SECONDS: '60' }, { stale: { whileRevalidate: 60, ifError: 60 } }],
    [{ CACHE_STALE_IF_ERROR_SECONDS: '604800' }, { stale: { whileRevalidate: 0, ifError: 604_800 } }],
    [
      { CACHE_STALE_SECONDS: '60', CACHE_STALE_IF_ERROR_SECONDS: '0' },
      { stale: { whileRevalidate: 60, ifError: 0 } },
    ],
    [{ STREAM_ONLY_MODELS: 'refuse' }, { streamOnlyModels: 'refuse' }],
    [{ MAX_BODY_BYTES: '1024' }, { maxBodyBytes: 1024 }],
    [{ UPSTREAM_TIMEOUT_SECONDS: '1' }, { firstByteDeadlineMs: 1000 }],
    [{ JOB_RETENTION_DAYS: '30' }, { jobRetentionDays: 30 }],
    [{ WEBHOOK_RETRIES: '1, 20,300' }, { webhooks: { retries: [1, 20, 300], timeoutMs: 15_000 } }],
    [{ REPLY_RETRIES: '2' }, { webhooks: { replyRetries: [2] } }],
    [{ WEBHOOK_ALLOW_LOOPBACK: 'on' }, { webhooks: { allowLoopback: true } }],
    [{ TASK_POLL_QPS: '20' }, { taskPollQps: 20 }],
    [{ REALTIME_SLICE_SECONDS: '10' }, { sliceSeconds: 10 }],
    [
      { ALLOWED_ORIGINS: 'https://a.example, https://*.b.example,http://localhost:5173,' },
      { allowedOrigins: ['https://a.example', 'https://*.b.example', 'http://localhost:5173'] },
    ],
  ])('The variables %j are read.', (variables, config) => expect(read(variables)).toMatchObject(config))

  it.each<[Variables, string]>([
    [
      { DASHSCOPE_API_KEY: '' },
      'DASHSCOPE_API_KEY is missing; set it with "npx wrangler secret put DASHSCOPE_API_KEY" (or in .env for npm start)',
    ],
    [{ DASHSCOPE_API_KEY: '  ' }, 'DASHSCOPE_API_KEY is missing'],
    [
      { DASHSCOPE_BASE_URL: 'dashscope.aliyuncs.com' },
      'DASHSCOPE_BASE_URL must be the root URL of a host, like',
    ],
    [
      { DASHSCOPE_BASE_URL: 'https://dashscope.aliyuncs.com/api/v1' },
      'DASHSCOPE_BASE_URL must be the root URL of a host',
    ],
    [
      { DASHSCOPE_BASE_URL: 'https://dashscope.aliyuncs.com/?a=b' },
      'DASHSCOPE_BASE_URL must be the root URL of a host',
    ],
    [
      { DASHSCOPE_BASE_URL: 'https://user@dashscope.aliyuncs.com' },
      'DASHSCOPE_BASE_URL must be the root URL of a host',
    ],
    [
      { DASHSCOPE_BASE_URL: 'ftp://dashscope.aliyuncs.com' },
      'DASHSCOPE_BASE_URL must be the root URL of a host',
    ],
    [
      { ADMIN_TOKEN: 'correct,horse,battery' },
      'ADMIN_TOKEN must contain no comma and no line break: it could not be sent in a header',
    ],
    [{ ADMIN_TOKEN: 'correct-horse\nbattery' }, 'ADMIN_TOKEN must contain no comma'],
    [{ CACHE_TTL_SECONDS: '-1' }, 'CACHE_TTL_SECONDS must be a whole number from 0 to 2592000'],
    [{ CACHE_TTL_SECONDS: '2592001' }, 'CACHE_TTL_SECONDS must be a whole number'],
    [{ CACHE_TTL_SECONDS: '1.5' }, 'CACHE_TTL_SECONDS must be a whole number'],
    [{ CACHE_TTL_SECONDS: '1h' }, 'CACHE_TTL_SECONDS must be a whole number'],
    [{ CACHE_STREAMS: 'yes' }, 'CACHE_STREAMS must be on or off'],
    [{ CACHE_STALE_SECONDS: '-1' }, 'CACHE_STALE_SECONDS must be a whole number from 0 to 604800'],
    [{ CACHE_STALE_IF_ERROR_SECONDS: '604801' }, 'CACHE_STALE_IF_ERROR_SECONDS must be a whole number'],
    [{ STREAM_ONLY_MODELS: 'on' }, 'STREAM_ONLY_MODELS must be aggregate or refuse'],
    [{ MAX_BODY_BYTES: 'abc' }, 'MAX_BODY_BYTES must be a whole number from 1024 to 104857600'],
    [{ MAX_BODY_BYTES: '1023' }, 'MAX_BODY_BYTES must be a whole number'],
    [{ MAX_BODY_BYTES: 'Infinity' }, 'MAX_BODY_BYTES must be a whole number'],
    [{ UPSTREAM_TIMEOUT_SECONDS: '0' }, 'UPSTREAM_TIMEOUT_SECONDS must be a whole number from 1 to 3600'],
    [{ UPSTREAM_TIMEOUT_SECONDS: '3601' }, 'UPSTREAM_TIMEOUT_SECONDS must be a whole number'],
    [{ JOB_RETENTION_DAYS: '31' }, 'JOB_RETENTION_DAYS must be a whole number from 1 to 30'],
    [{ WEBHOOK_RETRIES: '5;300' }, 'WEBHOOK_RETRIES must be up to 20 whole numbers of seconds'],
    [{ WEBHOOK_TIMEOUT_MS: '99' }, 'WEBHOOK_TIMEOUT_MS must be a whole number from 100 to 60000'],
    [{ TASK_POLL_QPS: '21' }, 'TASK_POLL_QPS must be a whole number from 1 to 20'],
    [{ ALLOWED_ORIGINS: 'https://a.example,*' }, 'ALLOWED_ORIGINS holds "*"; an origin looks like'],
    [{ ALLOWED_ORIGINS: 'app.example' }, 'ALLOWED_ORIGINS holds "app.example"'],
    [{ ALLOWED_ORIGINS: 'https://a.example/' }, 'ALLOWED_ORIGINS holds "https://a.example/"'],
  ])('The variables %j are refused by name.', (variables, sentence) => {
    expect(() => read(variables)).toThrow(
      expect.objectContaining({
        reason: 'internal',
        message: expect.stringContaining(`The gateway is not set up: ${sentence}`),
      }),
    )
  })

  it.each<[Record<string, unknown>, string]>([
    [{ CACHE_TTL_SECONDS: 0 }, 'CACHE_TTL_SECONDS'],
    [{ LIMITS_FAIL: false }, 'LIMITS_FAIL'],
    [{ PRICES: { 'qwen-plus': { input: 1, output: 2 } }, KEYS: {}, BRAKE: {} }, 'PRICES'],
    [{ JWT_ISSUERS: [], ALLOWED_ORIGINS: ['https://a.example'] }, 'JWT_ISSUERS, ALLOWED_ORIGINS'],
  ])('The variables %j, which are not strings, are refused by name.', (variables, names) => {
    expect(() => read(variables as Variables)).toThrow(
      expect.objectContaining({
        reason: 'internal',
        message: `The gateway is not set up: ${names} must be a string; put its value between quotes.`,
      }),
    )
  })

  it('A message never repeats a secret.', () => {
    const secrets = { DASHSCOPE_API_KEY: 'sk-secret', ADMIN_TOKEN: 'admin-secret' }
    expect(() => read({ ...secrets, MAX_BODY_BYTES: 'x' })).not.toThrow(/secret(?! put)/)
    expect(() => read({ ADMIN_TOKEN: 'admin,secret' })).not.toThrow(/secret(?! put)/)
  })

  it('An environment is read once.', () => {
    const env = { DASHSCOPE_API_KEY: 'sk-1' } as Env
    expect(readConfig(env)).toBe(readConfig(env))
  })
})

describe('isOriginPattern', () => {
  it.each([
    ['https://a.example', true],
    ['https://a.example:8443', true],
    ['http://localhost:5173', true],
    ['http://[::1]:5173', true],
    ['https://*.example', true],
    ['https://*.a.example:8443', true],
    ['capacitor://localhost', true],
    ['chrome-extension://abcdefgh', true],
    ['capacitor://localhost/', false],
    ['Capacitor://localhost', true],
    ['capacitor://*', true],
    ['capacitor://*.localhost', false],
    ['wss://a.example', false],
    ['https://a.example/', false],
    ['https://a.example/path', false],
    ['https://a.example?x', false],
    ['https://a.example#x', false],
    ['https://A.example', false],
    ['https://a.example:443', false],
    ['https://user@a.example', false],
    ['a.example', false],
    ['//a.example', false],
    ['*', false],
    ['https://*', false],
    ['https://a.*.example', false],
    ['https://*a.example', false],
    ['https://*.*.example', false],
    ['null', false],
    ['file:///a', false],
    ['ftp://a.example', false],
    ['', false],
  ])('Whether %j is an origin pattern: %j', (value, isPattern) =>
    expect(isOriginPattern(value)).toBe(isPattern),
  )
})

describe('PUBLIC_URLS', () => {
  it('PUBLIC_URLS is a list of origins.', () => {
    expect(read({ PUBLIC_URLS: 'https://ai.example, http://localhost:8787/' }).publicUrls).toEqual([
      'https://ai.example',
      'http://localhost:8787',
    ])
  })

  it.each(['ai.example', 'https://ai.example/path', 'ftp://ai.example', 'https://a:b@ai.example'])(
    'The value %s is refused.',
    (value) => {
      expect(() => read({ PUBLIC_URLS: value })).toThrow(`PUBLIC_URLS holds "${value}"`)
    },
  )
})
