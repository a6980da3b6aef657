import { describe, expect, it } from 'vitest'
import { useDeployment } from './deployment.ts'

const KEY = 'sk-the-key-of-the-operator'
const TOKEN = 'the-token-of-the-operator'

const rig = useDeployment()

describe('npm run deploy, the first time', () => {
  it('checks, deploys, stores both secrets in one request and issues a key', async () => {
    const { printed, error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(error).toBe(undefined)
    expect(rig.commands()).toEqual(['whoami', 'secret list', 'deploy', 'secret bulk'])
    expect(rig.account.secrets).toEqual({
      DASHSCOPE_API_KEY: KEY,
      ADMIN_TOKEN: expect.stringMatching(/^[\w-]{43}$/),
    })
    expect(rig.worker.issued).toEqual(['first key'])
    expect(printed).toMatch(
      new RegExp(`^curl ${rig.worker.address}/api/v1/.* 'Authorization: Bearer dse_issued'`, 'm'),
    )
    expect(printed.split(rig.account.secrets?.ADMIN_TOKEN ?? '')).toHaveLength(2)
  })

  it('sends secrets through the standard input only, and shows none that it was given', async () => {
    const { printed } = await rig.deploy({ DASHSCOPE_API_KEY: KEY, ADMIN_TOKEN: TOKEN })
    expect(rig.account.secrets).toEqual({ DASHSCOPE_API_KEY: KEY, ADMIN_TOKEN: TOKEN })
    for (const secret of [KEY, TOKEN]) {
      expect(JSON.stringify(rig.account.calls.map(({ args }) => args))).not.toContain(secret)
      expect(printed).not.toContain(secret)
    }
  })

  it('asks for a key that is not in the environment, and stores it', async () => {
    const { error } = await rig.deploy({}, [], { askSecret: async (name) => `typed ${name}` })
    expect(error).toBe(undefined)
    expect(rig.account.secrets?.DASHSCOPE_API_KEY).toBe('typed DASHSCOPE_API_KEY')
  })

  it('waits until the new address answers', async () => {
    rig.worker.late = 2
    expect((await rig.deploy({ DASHSCOPE_API_KEY: KEY })).error).toBe(undefined)
    expect(rig.worker.issued).toEqual(['first key'])
  })

  it('ends with the findings that make requests fail, and with no others', async () => {
    rig.worker.findings.push(
      { check: 'keys', ok: true, says: 'KEYS works.' },
      { check: 'dashscope', ok: false, says: 'The key is one of Singapore.', fix: 'Store another.' },
    )
    const { printed, error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(error).toBe(undefined)
    expect(printed).toMatch(/\nbroken +dashscope +The key is one of Singapore\.\n +→ Store another\.\n$/)
    expect(printed).not.toContain('KEYS works.')
  })

  it('says how to call a Worker that has only routes', async () => {
    rig.account.targets = ['example.com/*']
    const { printed, error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(error).toBe(undefined)
    expect(printed).toContain('call it at one of the routes in wrangler.toml')
    expect(printed).toContain(rig.account.secrets?.ADMIN_TOKEN)
  })
})

describe('npm run deploy, with a custom domain', () => {
  it('stores all addresses of the gateway as PUBLIC_URLS, so that session tokens work at each', async () => {
    rig.account.targets.push('ai.example (custom domain)')
    await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(rig.account.secrets?.PUBLIC_URLS).toBe(`https://ai.example,${rig.worker.address}`)
  })

  it('leaves PUBLIC_URLS alone if wrangler.toml lists it, or there is one address', async () => {
    await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(rig.account.secrets).not.toHaveProperty('PUBLIC_URLS')
    rig.account.targets.push('ai.example (custom domain)')
    rig.vars = 'PUBLIC_URLS = "https://ai.example"'
    await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(rig.account.secrets).not.toHaveProperty('PUBLIC_URLS')
  })
})

describe('npm run deploy, again', () => {
  it('changes no secret and issues no second key', async () => {
    await rig.deploy({ DASHSCOPE_API_KEY: KEY, ADMIN_TOKEN: TOKEN })
    const before = rig.account.secrets
    const { printed, error } = await rig.deploy({ DASHSCOPE_API_KEY: 'sk-another', ADMIN_TOKEN: TOKEN })
    expect(error).toBe(undefined)
    expect(rig.commands().slice(4)).toEqual(['whoami', 'secret list', 'deploy'])
    expect(rig.account.secrets).toEqual(before)
    expect(rig.worker.issued).toEqual(['first key'])
    expect(printed).toContain('Not changed: DASHSCOPE_API_KEY, ADMIN_TOKEN.')
  })

  it('needs neither secret, and then says how to issue keys', async () => {
    await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    const { printed, error } = await rig.deploy()
    expect(error).toBe(undefined)
    expect(printed).toContain(
      `\nDASHSCOPE_EDGE_URL=${rig.worker.address} npm run edge -- keys create --name web\n`,
    )
  })

  it('finishes what an earlier failure left undone', async () => {
    rig.account.fault = 'bulk'
    const { error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(error).toContain('"wrangler secret bulk" failed:')
    expect(error).not.toContain(KEY)
    rig.account.fault = undefined
    expect((await rig.deploy({ DASHSCOPE_API_KEY: KEY })).error).toBe(undefined)
    expect(rig.worker.issued).toEqual(['first key'])
  })

  it('says that the token in the environment is not the one of the Worker', async () => {
    await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    const { error } = await rig.deploy({ ADMIN_TOKEN: TOKEN })
    expect(error).toContain('no client key was issued: The admin token is wrong.')
  })
})

describe('npm run deploy, when something is missing', () => {
  it.each([
    ['no login', 'whoami', {}, /^You are not logged in to Cloudflare\. Run "npx wrangler login"/],
    ['no network', 'network', {}, /^"wrangler whoami" failed:\n.*Cloudflare API failed/],
    [
      'no DashScope key',
      undefined,
      { DASHSCOPE_API_KEY: '' },
      /^DASHSCOPE_API_KEY is not set, and there is no terminal/,
    ],
    [
      'a token that is too short',
      undefined,
      { ADMIN_TOKEN: 'short' },
      /^ADMIN_TOKEN must have at least 16 characters\./,
    ],
    [
      'a token that no header can carry',
      undefined,
      { ADMIN_TOKEN: 'sixteen-letters,or-more' },
      /^The gateway is not set up: ADMIN_TOKEN must contain no comma .* Nothing was deployed\.$/,
    ],
  ] as const)('stops before the first change with %s', async (_what, fault, environment, sentence) => {
    rig.account.fault = fault
    const { error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY, ...environment })
    expect(error).toMatch(sentence)
    expect(rig.commands()).not.toContain('deploy')
    expect(rig.account.secrets).toBe(undefined)
  })

  it('stops before the first change if the module cannot be bundled', async () => {
    const bundle = async () => Promise.reject(new Error('Could not resolve "nothing"'))
    const { error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY }, [], { bundle })
    expect(error).toBe('Could not resolve "nothing"')
    expect(rig.commands()).toEqual([])
  })

  it('stops before the first change if the module is too large', async () => {
    rig.moduleBytes = 500_000
    const { error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(error).toMatch(/^The module has 500\.\d kB gzipped; the limit is \d+\.0 kB\./)
    expect(rig.commands()).toEqual([])
  })

  it('stores nothing if wrangler does not deploy', async () => {
    rig.account.fault = 'deploy'
    const { error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(error).toMatch(/^"wrangler deploy" failed\./)
    expect(rig.commands().at(-1)).toBe('deploy')
    expect(rig.account.secrets).toBe(undefined)
  })
})

describe('npm run deploy -- --help', () => {
  it.each([[['--help']], [['-h']], [['--dry-run', '--help']]])(
    'prints the steps for %j, and does nothing',
    async (args) => {
      const { printed, error } = await rig.deploy({}, args)
      expect(error).toBe(undefined)
      expect(printed).toMatch(/^npm run deploy puts.*2\. deploy the Worker.*--dry-run/s)
      expect(rig.commands()).toEqual([])
    },
  )
})

describe('npm run deploy -- --dry-run', () => {
  it('bundles, measures and needs no account', async () => {
    rig.account.fault = 'whoami'
    const { printed, error } = await rig.deploy({}, ['--dry-run'])
    expect(error).toBe(undefined)
    expect(rig.commands()).toEqual([])
    expect(printed).toMatch(/^The module has 1\.\d kB gzipped/)
  })

  it('deploys nothing either if npm kept --dry-run to itself', async () => {
    const { printed } = await rig.deploy({ DASHSCOPE_API_KEY: KEY, npm_config_dry_run: 'true' })
    expect(rig.commands()).toEqual([])
    expect(printed).toContain('Without --dry-run this command would now')
  })

  it('refuses an unknown option before anything else', async () => {
    const { error } = await rig.deploy({}, ['--dryrun'])
    expect(error).toMatch(/^"--dryrun" is not an option\. The only option is --dry-run/)
    expect(rig.commands()).toEqual([])
  })
})
