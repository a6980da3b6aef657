import { describe, expect, it } from 'vitest'
import { readTargets, targetsAt } from '../../src/dashscope/targets.ts'

type Variables = Parameters<typeof readTargets>[0]

/** Targets as `id host key`. */
function read(variables: Variables): string[] {
  return readTargets(variables).map(({ id, baseUrl, apiKey }) => `${id} ${new URL(baseUrl).host} ${apiKey}`)
}

const KEY = { DASHSCOPE_API_KEY: 'sk-1' }
const FRANKFURT = 'https://w.eu-central-1.maas.aliyuncs.com'

describe('readTargets', () => {
  it.each<[string, Variables, string[]]>([
    ['one region by default', KEY, ['beijing dashscope.aliyuncs.com sk-1']],
    [
      'the region of the host',
      { ...KEY, DASHSCOPE_BASE_URL: 'https://dashscope-intl.aliyuncs.com/' },
      ['singapore dashscope-intl.aliyuncs.com sk-1'],
    ],
    [
      'several keys as accounts',
      { DASHSCOPE_API_KEY: ' sk-1, sk-2 ,' },
      ['beijing dashscope.aliyuncs.com sk-1', 'beijing/2 dashscope.aliyuncs.com sk-2'],
    ],
    [
      'keys on a line each: one with a line break in it could not be sent',
      { DASHSCOPE_API_KEY: 'sk-1\nsk-2\r\n' },
      ['beijing dashscope.aliyuncs.com sk-1', 'beijing/2 dashscope.aliyuncs.com sk-2'],
    ],
    [
      'regions in the order given, whatever their case',
      { ...KEY, REGIONS: 'Virginia, beijing', DASHSCOPE_API_KEY_BEIJING: 'sk-2,sk-3' },
      [
        'virginia dashscope-us.aliyuncs.com sk-1',
        'beijing dashscope.aliyuncs.com sk-2',
        'beijing/2 dashscope.aliyuncs.com sk-3',
      ],
    ],
    [
      'a private host in any region',
      { ...KEY, REGIONS: 'tokyo', DASHSCOPE_BASE_URL: 'http://127.0.0.1:9' },
      ['tokyo 127.0.0.1:9 sk-1'],
    ],
    [
      'the first region by the names of the others if it has none of its own',
      {
        REGIONS: 'tokyo',
        DASHSCOPE_API_KEY_TOKYO: 'sk-2',
        DASHSCOPE_BASE_URL_TOKYO: 'http://127.0.0.1:9',
        DASHSCOPE_BASE_URL: ' ',
      },
      ['tokyo 127.0.0.1:9 sk-2'],
    ],
    [
      'the first region by its own names if it has both',
      {
        ...KEY,
        DASHSCOPE_BASE_URL: 'http://127.0.0.1:8',
        REGIONS: 'beijing',
        DASHSCOPE_API_KEY_BEIJING: 'sk-2',
        DASHSCOPE_BASE_URL_BEIJING: 'http://127.0.0.1:9',
      },
      ['beijing 127.0.0.1:8 sk-1'],
    ],
    [
      'a workspace for a region without a shared host',
      {
        ...KEY,
        REGIONS: 'hongkong,frankfurt',
        DASHSCOPE_API_KEY_FRANKFURT: 'sk-2',
        DASHSCOPE_BASE_URL_FRANKFURT: FRANKFURT,
      },
      ['hongkong cn-hongkong.dashscope.aliyuncs.com sk-1', 'frankfurt w.eu-central-1.maas.aliyuncs.com sk-2'],
    ],
  ])('The targets are read from %s', (_, variables, targets) => expect(read(variables)).toEqual(targets))

  it('Keys are named by their variables.', () => {
    const targets = readTargets({
      ...KEY,
      REGIONS: 'beijing,tokyo',
      DASHSCOPE_API_KEY_TOKYO: 'a,b',
      DASHSCOPE_BASE_URL_TOKYO: 'https://t.example',
    })
    expect(targets.map(({ keyName }) => keyName)).toEqual([
      'DASHSCOPE_API_KEY',
      'DASHSCOPE_API_KEY_TOKYO (key 1)',
      'DASHSCOPE_API_KEY_TOKYO (key 2)',
    ])
  })

  it.each<[Variables, string]>([
    [{}, 'DASHSCOPE_API_KEY is missing; set it with'],
    [{ DASHSCOPE_API_KEY: ' , ' }, 'DASHSCOPE_API_KEY is missing'],
    [{ ...KEY, REGIONS: 'mars' }, 'REGIONS holds "mars"; a region is one of beijing, '],
    [{ ...KEY, REGIONS: 'beijing,beijing' }, 'REGIONS names beijing twice'],
    [{ ...KEY, REGIONS: 'beijing,singapore' }, 'DASHSCOPE_API_KEY_SINGAPORE is missing'],
    [{ ...KEY, REGIONS: 'tokyo' }, 'DASHSCOPE_BASE_URL is missing: tokyo has no shared host'],
    [
      { ...KEY, REGIONS: 'beijing,frankfurt', DASHSCOPE_API_KEY_FRANKFURT: 'sk-2' },
      'DASHSCOPE_BASE_URL_FRANKFURT is missing: frankfurt has no shared host',
    ],
    [
      { ...KEY, REGIONS: 'beijing', DASHSCOPE_BASE_URL: 'https://dashscope-intl.aliyuncs.com' },
      'DASHSCOPE_BASE_URL is a host of singapore, but REGIONS assigns beijing to it',
    ],
    [
      {
        ...KEY,
        REGIONS: 'beijing,tokyo',
        DASHSCOPE_API_KEY_TOKYO: 'a',
        DASHSCOPE_BASE_URL_TOKYO: 'tokyo.example',
      },
      'DASHSCOPE_BASE_URL_TOKYO must be the root URL of a host',
    ],
    [{ DASHSCOPE_API_KEY: 'sk,'.repeat(31) }, 'REGIONS and their keys make more than 30 targets'],
  ])('The variables %j are refused.', (variables, sentence) => {
    expect(() => readTargets(variables)).toThrow(
      expect.objectContaining({
        reason: 'internal',
        message: expect.stringContaining(`not set up: ${sentence}`),
      }),
    )
  })
})

describe('targetsAt', () => {
  const targets = readTargets({
    DASHSCOPE_API_KEY: 'a,b',
    REGIONS: 'beijing,singapore',
    DASHSCOPE_API_KEY_SINGAPORE: 'c',
  })
  it.each([
    ['beijing', ['beijing']],
    ['beijing/2', ['beijing/2']],
    ['beijing/3', ['beijing', 'beijing/2']],
    ['singapore', ['singapore']],
    ['', ['beijing']],
    ['tokyo', undefined],
  ])('The targets at %j are %j', (home, ids) => {
    expect(targetsAt(targets, home)?.map(({ id }) => id)).toEqual(ids)
  })
})
