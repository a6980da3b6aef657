import { expect, test } from 'vitest'
import { app } from '../../src/app.ts'
import { edge } from '../../src/edge/router.ts'
import { codesIn, type Page, readPages, tablesOf } from './pages.ts'

const HEADERS = ['method and path', '方法与路径']

test.each([
  ['docs', /^docs\/[^/]+$/],
  ['docs/zh', /^docs\/zh\//],
])('The pages in %s list exactly the routes of the gateway.', (_, path) => {
  const pages = readPages().filter((page) => path.test(page.path))
  const documented = new Set(pages.flatMap(routesIn))
  const own = edge.routes.map(({ method, path }) => ({ method, path: `/edge${path}` }))
  const served = [...app.routes, ...own]
    .filter((route) => ['GET', 'POST', 'PATCH', 'PUT', 'DELETE'].includes(route.method))
    .map((route) => nameOf(`${route.method} ${route.path}`))
  expect(served.filter((route) => !documented.has(route))).toEqual([])
  const listed = [...documented].filter((route) => /^[A-Z]+ \/edge/.test(route))
  expect(listed.filter((route) => !served.includes(route))).toEqual([])
})

/** `GET /edge/keys/{id}` from each table of routes in a page. */
function routesIn(page: Page): string[] {
  return tablesOf(page)
    .filter(([header = []]) => header.some((cell) => HEADERS.includes(cell)))
    .flatMap((rows) => rows.flatMap((row) => row.flatMap(codesIn)))
    .map(nameOf)
}

/** A route with the names of its parameters left out: `{id}` in the pages is `:id` in Hono. */
function nameOf(route: string): string {
  return route.replace(/\?.*$/, '').replace(/\/(?::[^/]+|\{[^/}]+\})/g, '/{}')
}
