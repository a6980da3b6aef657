import { expect, it } from 'vitest'
import { newcomersEnvironment } from './newcomer.ts'

it('A newcomer has the machine, and nothing of this repository.', () => {
  expect(
    newcomersEnvironment({
      HOME: '/home/ann',
      PATH: '/repository/node_modules/.bin:/usr/bin:/bin',
      DASHSCOPE_API_KEY: 'sk-real',
      ADMIN_TOKEN: 'x',
      NODE_ENV: 'production',
      INIT_CWD: '/repository',
      npm_config_local_prefix: '/repository',
      npm_lifecycle_event: 'test:first-run',
      npm_config_registry: 'https://registry.example',
      NPM_CONFIG_CACHE: '/cache',
      PORT: '8787',
    }),
  ).toEqual({
    HOME: '/home/ann',
    PATH: '/usr/bin:/bin',
    npm_config_registry: 'https://registry.example',
    NPM_CONFIG_CACHE: '/cache',
    PORT: '0',
  })
})
