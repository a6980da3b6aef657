import { describe, expect, it } from 'vitest'
import { fileIdsIn } from '../../../src/dashscope/request/file-ids.ts'
import type { Dialect } from '../../../src/errors.ts'

const messages = (content: unknown) => ({ input: { messages: [{ role: 'system', content }] } })

describe('fileIdsIn', () => {
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
    ['a file_id that is written like an address', { file_id: 'fileid://a' }, ['fileid://a']],
    ['a file_id that is not a string', { file_id: 7, more: { file_id: ['fileid://a'] } }, ['a']],
    ['deep down', { a: [[{ b: { c: ['fileid://a'] } }]] }, ['a']],
    ['D5: a placeholder, which names no file', messages('fileid://{FILE_ID} and fileid://<id>'), []],
    ['an id after a space', messages('fileid:// a'), ['a']],
    ['D5: another case', messages('FILEID://a FileId://b'), ['a', 'b']],
    ['D5: a list of ids', { file_ids: ['a', 'b'], file_id: ['c', 7] }, ['a', 'b', 'c']],
    ['D5: another spelling of the member', { fileId: 'a', fileIds: ['b'] }, ['a', 'b']],
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
  ])('%s', (_, body, ids) => expect(fileIdsIn(body, 'native').sort()).toEqual(ids))

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

  it('reads an id that the source text writes with escapes', () => {
    expect(fileIdsIn(JSON.parse('{"prompt":"\\u0066ileid:\\/\\/fil\\u0065-1"}'), 'native')).toEqual([
      'file-1',
    ])
    expect(fileIdsIn(JSON.parse('{"file\\u005fid":"file-1"}'), 'native')).toEqual(['file-1'])
  })

  it('walks a body nested deeper than a call stack', () => {
    const depth = 200_000
    expect(fileIdsIn(JSON.parse(`${'['.repeat(depth)}"fileid://a"${']'.repeat(depth)}`), 'native')).toEqual([
      'a',
    ])
  })
})
