import { describe, expect, it } from 'vitest'
import { matchPath, pathPattern } from '../../src/dashscope/endpoint.ts'

describe('pathPattern', () => {
  it.each([
    ['/api/v1/tasks', { prefix: '/api/v1/tasks', suffix: '', hasId: false }],
    ['/api/v1/tasks/{id}', { prefix: '/api/v1/tasks/', suffix: '', hasId: true }],
    ['/api/v1/tasks/{id}/cancel', { prefix: '/api/v1/tasks/', suffix: '/cancel', hasId: true }],
  ])('splits %s', (path, pattern) => expect(pathPattern(path)).toEqual(pattern))
})

describe('matchPath', () => {
  const plain = pathPattern('/tasks')
  const last = pathPattern('/tasks/{id}')
  const inside = pathPattern('/tasks/{id}/cancel')

  it.each([
    [plain, '/tasks', { id: undefined }],
    [plain, '/tasks/', undefined],
    [plain, '/tasksx', undefined],
    [last, '/tasks/a', { id: 'a' }],
    [last, '/tasks/a.b_c-D9', { id: 'a.b_c-D9' }],
    [last, '/tasks/...', { id: '...' }],
    [last, `/tasks/${'a'.repeat(128)}`, { id: 'a'.repeat(128) }],
    [last, `/tasks/${'a'.repeat(129)}`, undefined],
    [last, '/tasks/', undefined],
    [last, '/tasks/.', undefined],
    [last, '/tasks/..', undefined],
    [last, '/tasks/a/b', undefined],
    [last, '/tasks/a\n', undefined],
    [last, '/tasks/é', undefined],
    [inside, '/tasks/a/cancel', { id: 'a' }],
    [inside, '/tasks/cancel', undefined],
    [inside, '/tasks//cancel', undefined],
    [inside, '/tasks/../cancel', undefined],
    [inside, '/tasks/a/cancel/', undefined],
    [inside, '/tasks/a', undefined],
  ])('%j and %j', (pattern, path, match) => expect(matchPath(pattern, path)).toEqual(match))

  it('does not let prefix and suffix share a character', () => {
    expect(matchPath(pathPattern('/a/{id}/a/'), '/a/')).toBeUndefined()
  })
})
