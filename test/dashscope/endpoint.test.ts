import { describe, expect, it } from 'vitest'
import { matchPath, pathPattern } from '../../src/dashscope/endpoint.ts'

describe('pathPattern', () => {
  it.each([
    ['/api/v1/tasks', '/api/v1/tasks', undefined],
    ['/api/v1/tasks/{id}/cancel', '/api/v1/tasks/', expect.any(RegExp)],
  ])('The pattern %s is split into its parts.', (template, prefix, matcher) =>
    expect(pathPattern(template)).toEqual({ template, prefix, matcher }),
  )
})

describe('matchPath', () => {
  const plain = pathPattern('/tasks')
  const last = pathPattern('/tasks/{id}')
  const inside = pathPattern('/tasks/{id}/cancel')
  const several = pathPattern('/apps/{app}/things/{id}/parts/{item}')

  it.each([
    [plain, '/tasks', { id: undefined, app: undefined }],
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
    [several, '/apps/x/things/y/parts/z', { app: 'x', id: 'y' }],
    [several, '/apps/x/things/y/parts/..', undefined],
    [several, '/apps/../things/y/parts/z', undefined],
    [several, '/apps/x/things/y%2fparts/z', undefined],
    [several, '/apps/x/things/y/parts/z/more', undefined],
  ])('%j is matched with %j', (pattern, path, match) =>
    expect(matchPath(pattern, path)).toEqual(match && { app: undefined, ...match }),
  )

  it('Prefix and suffix do not share a character.', () => {
    expect(matchPath(pathPattern('/a/{id}/a/'), '/a/')).toBeUndefined()
  })
})
