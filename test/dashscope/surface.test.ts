import { readFileSync } from 'node:fs'
import { describe, expect, it } from 'vitest'
import { findEndpoint } from '../../src/dashscope/endpoints.ts'
import { socketEndpointAt } from '../../src/dashscope/socket-endpoints.ts'
import { SOCKETS, SURFACE } from './surface.ts'

/** A path with an example in the place of each name. */
function concrete(path: string): string {
  return path.replaceAll(/\{\w+\}/g, 'a-1')
}

/** The paths in the first column of the table of what is not served. */
function notServed(page: string): string[] {
  const text = readFileSync(page, 'utf8')
  const rows = text
    .split('\n')
    .filter((line) => /^\| `\/.*\|$/.test(line) && !line.includes('`/compatible-mode/v1/responses` |'))
  return rows.flatMap((row) =>
    [...(row.split('|')[1] ?? '').matchAll(/`([^`]+)`/g)].map(([, path = '']) => path),
  )
}

/** Whether a row of the table names a path: itself, what is below it, or a sibling written as `…/compact`. */
function names(row: string, path: string): boolean {
  const stem = row.replace(/\/?….*$/, '')
  return row.startsWith('…') ? path.endsWith(row.slice(1)) : path === stem || path.startsWith(`${stem}/`)
}

/** What the table calls by a word instead of a path. */
const BY_WORD: Readonly<Record<string, string>> = {
  '/api/v1/services/vision/facedetection/detect': 'facechain',
  '/api/v1/services/aigc/album/gen_potrait': 'facechain',
  '/api/v2/apps/deep-search-agent/chat/completions': 'deep-search-agent',
  '/api/v2/apps/gui-owl/chat/completions': 'gui-owl',
  '/api/v2/apps/zhiwen-agent/chat/completions': 'zhiwen',
}

describe("DashScope's surface", () => {
  it.each(SOCKETS)('has the WebSocket API %s, which is served and documented in both languages.', (path) => {
    expect(socketEndpointAt(path)?.upstreamPath).toBe(path.replace(/\/$/, ''))
    for (const page of ['docs/realtime.md', 'docs/zh/realtime.md']) {
      expect(readFileSync(page, 'utf8')).toContain(`\`${path.replace(/\/$/, '')}`)
    }
  })

  it.each(SURFACE.filter(([, , carried]) => carried === 'yes'))(
    'has %s %s, which is served.',
    (method, path) => {
      expect(findEndpoint(method, concrete(path)).kind).toBe('endpoint')
    },
  )

  it.each(SURFACE.filter(([, , carried]) => carried === 'no'))(
    'has %s %s, which is not served for a reason that both languages name.',
    (method, path) => {
      expect(findEndpoint(method, concrete(path)).kind).not.toBe('endpoint')
      for (const page of ['docs/endpoints.md', 'docs/zh/endpoints.md']) {
        const word = BY_WORD[path]
        const isNamed = word
          ? readFileSync(page, 'utf8').includes(word)
          : notServed(page).some((row) => names(row, path))
        expect([page, isNamed]).toEqual([page, true])
      }
    },
  )
})
