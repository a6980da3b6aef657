import { describe, expect, it } from 'vitest'
import type { OwnedKind } from '../../../src/dashscope/ownable.ts'
import { mayNameIds, namedIdsIn } from '../../../src/dashscope/request/named-ids.ts'
import { directoriesOf } from '../../../src/dashscope/request/upload-directories.ts'
import type { Dialect } from '../../../src/errors.ts'
import { endpointOf, type Path } from '../../auth/endpoint.ts'

function fileIdsIn(body: unknown, dialect: Dialect): string[] {
  return [...(namedIdsIn(body, endpointOf(PATHS[dialect])).get('file') ?? [])]
}

const PATHS = { native: 'text', compatible: 'chat', anthropic: 'anthropic' } as const

const messages = (content: unknown) => ({ input: { messages: [{ role: 'system', content }] } })

describe('files in a body', () => {
  it.each<[string, unknown, string[]]>([
    ['none', messages('hello'), []],
    ['one', messages('fileid://file-fe-1'), ['file-fe-1']],
    ['a list with commas', messages('fileid://file-fe-1,fileid://file-fe-2'), ['file-fe-1', 'file-fe-2']],
    ['words around it', messages('see fileid://file-fe-1, please'), ['file-fe-1']],
    ['twice the same', messages('fileid://a fileid://a'), ['a']],
    ['two without anything between: one that does not exist', messages('fileid://afileid://b'), ['afileid']],
    ['a prompt', { input: { prompt: 'fileid://a' } }, ['a']],
    ['the content of a chat message', { messages: [{ role: 'system', content: 'fileid://a' }] }, ['a']],
    ['a content part', messages([{ type: 'text', text: 'fileid://a' }]), ['a']],
    [
      'a file part',
      { messages: [{ content: [{ type: 'file', file: { file_id: 'file-fe-1' } }] }] },
      ['file-fe-1'],
    ],
    ['a part of a Responses input', { input: [{ content: [{ type: 'input_file', file_id: 'a' }] }] }, ['a']],
    ['a file_id that is written like an address', { file_id: 'fileid://a' }, ['a']],
    ['the file of a batch', { input_file_id: 'a' }, ['a']],
    ['an object in place of an id', { file_id: { id: 'a' }, file_ids: [{ id: 'b' }] }, ['a', 'b']],
    ['an empty id', { file_id: '', file_ids: [''] }, []],
    ['a file_id that is not a string', { file_id: 7, more: { file_id: ['fileid://a'] } }, ['a']],
    ['deep down', { a: [[{ b: { c: ['fileid://a'] } }]] }, ['a']],
    ['a placeholder, which names no file', messages('fileid://{FILE_ID} and fileid://<id>'), []],
    ['an id after a space', messages('fileid:// a'), ['a']],
    ['another case', messages('FILEID://a FileId://b'), ['a', 'b']],
    ['a list of ids', { file_ids: ['a', 'b'], file_id: ['c', 7] }, ['a', 'b', 'c']],
    ['another spelling of the member', { fileId: 'a', fileIds: ['b'] }, ['a', 'b']],
    ['an id with what follows it', messages('(fileid://file-fe-1)'), ['file-fe-1']],
    ['the words of a tool that takes a file_id', { tools: [{ file_id: 'a', text: 'fileid://b' }] }, []],
    ['metadata', { metadata: { file_id: 'a' } }, []],
    [
      'tools inside a message count as tools',
      { messages: [{ tools: { file_id: 'a' }, content: 'fileid://b' }] },
      ['b'],
    ],
    ['a text on the top', 'fileid://a', ['a']],
    ['null', null, []],
    ['a number', 7, []],
  ])('The file ids are found in a body with %s', (_, body, ids) =>
    expect(fileIdsIn(body, 'native').sort()).toEqual(ids),
  )

  it.each<[string, Dialect, unknown, string[]]>([
    [
      'what a tool was called with',
      'anthropic',
      { messages: [{ content: [{ type: 'tool_use', name: 'open', input: { file_id: 'a' } }] }] },
      [],
    ],
    [
      'a document next to it',
      'anthropic',
      {
        messages: [
          { content: [{ type: 'tool_use', input: {} }] },
          { content: [{ type: 'document', source: { type: 'file', file_id: 'a' } }] },
        ],
      },
      ['a'],
    ],
    [
      'the input of a body that calls itself a tool use',
      'compatible',
      { type: 'tool_use', input: [{ file_id: 'a' }] },
      ['a'],
    ],
    ['the parameters of an application', 'native', { input: { biz_params: { user: { file_id: 'a' } } } }, []],
    ['a file next to them', 'native', { input: { biz_params: {}, file_id: 'a' } }, ['a']],
    [
      'an example in a JSON schema of a chat',
      'compatible',
      { response_format: { json_schema: { name: 'n', schema: { examples: [{ file_id: 'a' }] } } } },
      [],
    ],
    [
      'an example in a JSON schema of a response',
      'compatible',
      { text: { format: { type: 'json_schema', schema: { examples: [{ file_id: 'a' }] } } } },
      [],
    ],
    [
      'an address among arguments',
      'anthropic',
      { input: { file_id: 'fileid://a', more: ['fileid://b'] } },
      ['a', 'b'],
    ],
    ['an address among parameters', 'native', { input: { biz_params: { text: 'fileid://a' } } }, ['a']],
  ])('%s (%s)', (_, dialect, body, ids) => expect(fileIdsIn(body, dialect).sort()).toEqual(ids))

  it('An id that the source text writes with escapes is read.', () => {
    expect(fileIdsIn(JSON.parse('{"prompt":"\\u0066ileid:\\/\\/fil\\u0065-1"}'), 'native')).toEqual([
      'file-1',
    ])
    expect(fileIdsIn(JSON.parse('{"file\\u005fid":"file-1"}'), 'native')).toEqual(['file-1'])
  })

  it('A body that is nested deeper than a call stack is searched.', () => {
    const depth = 200_000
    expect(fileIdsIn(JSON.parse(`${'['.repeat(depth)}"fileid://a"${']'.repeat(depth)}`), 'native')).toEqual([
      'a',
    ])
  })
})

describe('other resources that a body names', () => {
  it.each<[string, Path, unknown, Partial<Record<OwnedKind, string[]>>]>([
    [
      'a temporary upload',
      'chat',
      { a: [{ b: ' oss://x/y.png' }], text: 'see oss://no' },
      { upload: ['x/y.png'] },
    ],
    ['an upload in another case', 'text', { input: { url: 'OSS://x/y' } }, { upload: ['x/y'] }],
    [
      'an upload in place of a voice',
      'text',
      { voice: 'oss://x/y' },
      { voice: ['oss://x/y'], upload: ['x/y'] },
    ],
    ['an earlier response', 'responses', { previous_response_id: 'resp_1' }, { response: ['resp_1'] }],
    ['a conversation', 'responses', { conversation: 'conv_1' }, { conversation: ['conv_1'] }],
    [
      'a conversation as an object',
      'responses',
      { conversation: { id: 'conv_1' } },
      { conversation: ['conv_1'] },
    ],
    ['no conversation', 'responses', { conversation: null, previous_response_id: null }, {}],
    [
      'members that another API ignores',
      'chat',
      { conversation: 'c', previous_response_id: 'r', session_id: 's' },
      {},
    ],
    [
      'references to items, next to items with ids',
      'responses',
      {
        input: [
          { type: 'item_reference', id: 'a' },
          { id: 'b' },
          { type: 'message', id: 'c' },
          { role: 'user', id: 'd' },
          { type: 'item_reference', id: 7 },
          'e',
        ],
      },
      { item: ['a', 'b'] },
    ],
    ['a reference that a chat ignores', 'chat', { input: [{ type: 'item_reference', id: 'a' }] }, {}],
    ['a session', 'app', { input: { session_id: 's' } }, { session: ['s'] }],
    ['a memory', 'app', { input: { memory_id: 'm' } }, { knowledge: ['m'] }],
    [
      'knowledge bases of an application',
      'app',
      { parameters: { rag_options: { pipeline_ids: ['p', 'q'] } } },
      { knowledge: ['p', 'q'] },
    ],
    [
      'knowledge bases of a tool',
      'responses',
      { tools: [{ type: 'file_search', vector_store_ids: ['v'], parameters: { file_id: 'no' } }] },
      { knowledge: ['v'] },
    ],
    [
      'words of a function',
      'chat',
      { tools: [{ type: 'function', function: { parameters: { vector_store_ids: ['v'], voice: 'x' } } }] },
      {},
    ],
    [
      'a voice',
      'text',
      { input: { voice: 'Cherry' }, parameters: { voice_id: 'v' } },
      { voice: ['v', 'Cherry'] },
    ],
    ['a voice of audio output', 'chat', { audio: { voice: 'Cherry', format: 'wav' } }, { voice: ['Cherry'] }],
    ['a vocabulary', 'text', { parameters: { vocabulary_id: 'w' } }, { vocabulary: ['w'] }],
    [
      'a vocabulary among resources',
      'text',
      { resources: [{ resource_id: 'w', resource_type: 'asr_phrase' }] },
      { vocabulary: ['w'] },
    ],
    ['parameters of an application', 'app', { input: { biz_params: { session_id: 's', tools: [] } } }, {}],
  ])('%s (%s)', (_, path, body, expected) => {
    expect(Object.fromEntries(namedIdsIn(body, endpointOf(path)))).toEqual(expected)
  })
})

it.each([
  ['{"conversation":1}', true],
  ['{"type":"item_reference"}', true],
  ['{"x":"FileID://a"}', true],
  ['{"x":"Oss:\\/\\/a"}', true],
  ['{"conv\\u0065rsation":1}', true],
  ['{"text":"a conversation about voice and file ids, http://a"}', false],
  ['{"text":"\\u4f60"}', false],
])('Whether %s may name an id is %s', (text, expected) => expect(mayNameIds(text)).toBe(expected))

it.each([
  ['x/y/z.png', ['x/y', 'x']],
  ['x/y/a b%20c.png', ['x/y', 'x']],
  ['z.png', []],
  ['x/../z.png', []],
  ['x/%2E%2e/z.png', []],
  ['x/..%2fz.png', []],
  ['x\\..\\z.png', []],
  ['x//z.png', []],
  ['x/'.repeat(100), []],
])('The directories of %s are %j', (name, directories) => expect(directoriesOf(name)).toEqual(directories))
