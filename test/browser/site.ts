import { readFile } from 'node:fs/promises'
import { createServer } from 'node:http'
import { join } from 'node:path'
import { listen, type Served } from './listen.ts'

const PAGE = join(import.meta.dirname, '../../examples/page')

const FILES: Readonly<Record<string, readonly [file: string, type: string]>> = {
  '/': ['chat.html', 'text/html; charset=utf-8'],
  '/chat.js': ['chat.js', 'text/javascript; charset=utf-8'],
  '/omni.html': ['omni.html', 'text/html; charset=utf-8'],
  '/omni.mjs': ['omni.mjs', 'text/javascript; charset=utf-8'],
}

/** Starts the web site that the page is on; `written` replaces what the page says of its gateway with what holds here. */
export function startSite(written: () => Readonly<Record<string, string>>): Promise<Served> {
  const server = createServer(async (request, response) => {
    const [file, type] = FILES[request.url ?? ''] ?? []
    if (!file || !type) {
      response.writeHead(404).end()
      return
    }
    let text = await readFile(join(PAGE, file), 'utf8')
    for (const [sample, value] of Object.entries(written())) text = text.replaceAll(sample, value)
    response.writeHead(200, { 'content-type': type, 'cache-control': 'no-store' }).end(text)
  })
  return listen(server)
}
