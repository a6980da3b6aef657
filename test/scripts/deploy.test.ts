import { describe, expect, it } from 'vitest'
import { useDeployment } from './deployment.ts'

const KEY = 'sk-the-key-of-the-operator'
const TOKEN = 'the-token-of-the-operator'

const rig = useDeployment()

describe('npm run deploy, the first time', () => {
  it('The command checks, deploys, stores both secrets in one request and issues a key.', async () => {
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

  it('Secrets are sent through the standard input only, and none that was given is shown.', async () => {
    const { printed } = await rig.deploy({ DASHSCOPE_API_KEY: KEY, ADMIN_TOKEN: TOKEN })
    expect(rig.account.secrets).toEqual({ DASHSCOPE_API_KEY: KEY, ADMIN_TOKEN: TOKEN })
    for (const secret of [KEY, TOKEN]) {
      expect(JSON.stringify(rig.account.calls.map(({ args }) => args))).not.toContain(secret)
      expect(printed).not.toContain(secret)
    }
  })

  it('A key that is not in the environment is asked for and stored.', async () => {
    const { error } = await rig.deploy({}, [], { askSecret: async (name) => `typed ${name}` })
    expect(error).toBe(undefined)
    expect(rig.account.secrets?.DASHSCOPE_API_KEY).toBe('typed DASHSCOPE_API_KEY')
  })

  it('The command waits until the new URL responds.', async () => {
    rig.worker.late = 2
    expect((await rig.deploy({ DASHSCOPE_API_KEY: KEY })).error).toBe(undefined)
    expect(rig.worker.issued).toEqual(['first key'])
  })

  it('The command ends with the findings that make requests fail, and with no others.', async () => {
    rig.worker.findings.push(
      { check: 'keys', ok: true, says: 'KEYS works.' },
      { check: 'dashscope', ok: false, says: 'The key is one of Singapore.', fix: 'Store another.' },
    )
    const { printed, error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(error).toBe(undefined)
    expect(printed).toMatch(/\nbroken +dashscope +The key is one of Singapore\.\n +→ Store another\.\n$/)
    expect(printed).not.toContain('KEYS works.')
  })

  it('The command says how to call a Worker that has only routes.', async () => {
    rig.account.targets = ['example.com/*']
    const { printed, error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(error).toBe(undefined)
    expect(printed).toContain('call it at one of the routes in wrangler.toml')
    expect(printed).toContain(rig.account.secrets?.ADMIN_TOKEN)
  })
})

describe('npm run deploy, with a custom domain', () => {
  it('All URLs of the gateway are stored as PUBLIC_URLS, so that session tokens work at each.', async () => {
    rig.account.targets.push('ai.example (custom domain)')
    await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(rig.account.secrets?.PUBLIC_URLS).toBe(`https://ai.example,${rig.worker.address}`)
  })

  it('PUBLIC_URLS is left alone if wrangler.toml lists it, or if there is one URL.', async () => {
    await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(rig.account.secrets).not.toHaveProperty('PUBLIC_URLS')
    rig.account.targets.push('ai.example (custom domain)')
    rig.vars = 'PUBLIC_URLS = "https://ai.example"'
    await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(rig.account.secrets).not.toHaveProperty('PUBLIC_URLS')
  })
})

describe('npm run deploy, again', () => {
  it('No secret is changed and no second key is issued.', async () => {
    await rig.deploy({ DASHSCOPE_API_KEY: KEY, ADMIN_TOKEN: TOKEN })
    const before = rig.account.secrets
    const { printed, error } = await rig.deploy({ DASHSCOPE_API_KEY: 'sk-another', ADMIN_TOKEN: TOKEN })
    expect(error).toBe(undefined)
    expect(rig.commands().slice(4)).toEqual(['whoami', 'secret list', 'deploy'])
    expect(rig.account.secrets).toEqual(before)
    expect(rig.worker.issued).toEqual(['first key'])
    expect(printed).toContain('Not changed: DASHSCOPE_API_KEY, ADMIN_TOKEN.')
  })

  it('Neither secret is needed, and then the command says how to issue keys.', async () => {
    await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    const { printed, error } = await rig.deploy()
    expect(error).toBe(undefined)
    expect(printed).toContain(
      `\nDASHSCOPE_EDGE_URL=${rig.worker.address} npm run edge -- keys create --name web\n`,
    )
  })

  it('The command finishes what an earlier failure left undone.', async () => {
    rig.account.fault = 'bulk'
    const { error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(error).toContain('"wrangler secret bulk" failed:')
    expect(error).not.toContain(KEY)
    rig.account.fault = undefined
    expect((await rig.deploy({ DASHSCOPE_API_KEY: KEY })).error).toBe(undefined)
    expect(rig.worker.issued).toEqual(['first key'])
  })

  it('The command says that the token in the environment is not the one of the Worker.', async () => {
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
  ] as const)(
    'The command stops before the first change with %s',
    async (_what, fault, environment, sentence) => {
      rig.account.fault = fault
      const { error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY, ...environment })
      expect(error).toMatch(sentence)
      expect(rig.commands()).not.toContain('deploy')
      expect(rig.account.secrets).toBe(undefined)
    },
  )

  it('The command stops before the first change if the module cannot be bundled.', async () => {
    const bundle = async () => Promise.reject(new Error('Could not resolve "nothing"'))
    const { error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY }, [], { bundle })
    expect(error).toBe('Could not resolve "nothing"')
    expect(rig.commands()).toEqual([])
  })

  it('The command stops before the first change if the module is too large.', async () => {
    rig.moduleBytes = 500_000
    const { error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(error).toMatch(/^The module has 500\.\d kB gzipped; the limit is \d+\.0 kB\./)
    expect(rig.commands()).toEqual([])
  })

  it('Nothing is stored if wrangler does not deploy.', async () => {
    rig.account.fault = 'deploy'
    const { error } = await rig.deploy({ DASHSCOPE_API_KEY: KEY })
    expect(error).toMatch(/^"wrangler deploy" failed\./)
    expect(rig.commands().at(-1)).toBe('deploy')
    expect(rig.account.secrets).toBe(undefined)
  })
})

describe('npm run deploy -- --help', () => {
  it.each([[['--help']], [['-h']], [['--dry-run', '--help']]])(
    'The steps are printed for %j, and nothing is done.',
    async (args) => {
      const { printed, error } = await rig.deploy({}, args)
      expect(error).toBe(undefined)
      expect(printed).toMatch(/^npm run deploy deploys.*2\. deploy the Worker.*--dry-run/s)
      expect(rig.commands()).toEqual([])
    },
  )
})

describe('npm run deploy -- --dry-run', () => {
  it('The command bundles and measures, and needs no account.', async () => {
    rig.account.fault = 'whoami'
    const { printed, error } = await rig.deploy({}, ['--dry-run'])
    expect(error).toBe(undefined)
    expect(rig.commands()).toEqual([])
    expect(printed).toMatch(/^The module has 1\.\d kB gzipped/)
  })

  it('Nothing is deployed if npm kept --dry-run to itself.', async () => {
    const { printed } = await rig.deploy({ DASHSCOPE_API_KEY: KEY, npm_config_dry_run: 'true' })
    expect(rig.commands()).toEqual([])
    expect(printed).toContain('Without --dry-run this command would now')
  })

  it('An unknown option is refused before anything else.', async () => {
    const { error } = await rig.deploy({}, ['--dryrun'])
    expect(error).toMatch(/^"--dryrun" is not an option\. The only option is --dry-run/)
    expect(rig.commands()).toEqual([])
  })
})
