import type { ChildProcess } from 'node:child_process'
import { mkdirSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import type { Readable } from 'node:stream'
import { bundle } from '../../scripts/bundle.ts'
import { type WorkerdOptions, workerdConfig } from './config.ts'

/** The runtime of wrangler, without wrangler. */
const workerd = createRequire(import.meta.url)('workerd') as { default: string; version: string }

export const WORKERD_VERSION = workerd.version

/** The operator's token of every gateway in the benchmarks. */
export const ADMIN_TOKEN = 'admin-token-of-the-bench'

/**
 * Bundles the gateway, and the yardsticks that have several modules.
 *
 * @throws Error with the bundler's messages.
 */
export async function bundleWorkers(directory: string): Promise<void> {
  await Promise.all([
    bundle('src/index.ts', join(directory, 'gateway')),
    bundle('tools/bench/workers/checked.ts', join(directory, 'checked')),
    bundle('tools/bench/workers/by-hand.js', join(directory, 'by-hand')),
  ])
}

/**
 * Writes workerd's configuration into a directory that holds the bundles, and creates the database's directory there. Each process needs a directory of its own: two cannot open one database.
 *
 * @returns the command and its arguments. The process must be started with a pipe on descriptor 3, which `listening`
 * reads.
 */
export function workerdCommand(
  directory: string,
  options: Omit<WorkerdOptions, 'adminToken'>,
): [command: string, args: string[]] {
  mkdirSync(join(directory, 'meter'))
  const config = join(directory, 'workerd.capnp')
  writeFileSync(config, workerdConfig(directory, { ...options, adminToken: ADMIN_TOKEN }))
  return [workerd.default, ['serve', '--control-fd=3', config]]
}

/**
 * The ports that workerd chose, reported on the control descriptor as one JSON line per socket.
 *
 * @param hint where to read why workerd ended.
 * @throws Error if workerd ends before it listens on all sockets.
 */
export async function listening<Socket extends string>(
  server: ChildProcess,
  sockets: readonly Socket[],
  hint: string,
): Promise<Record<Socket, number>> {
  const ports = new Map<string, number>()
  for await (const line of createInterface(server.stdio[3] as Readable)) {
    const { event, socket, port } = JSON.parse(line) as { event: string; socket: string; port: number }
    if (event === 'listen') ports.set(socket, port)
    if (sockets.every((name) => ports.has(name))) return Object.fromEntries(ports) as Record<Socket, number>
  }
  throw new Error(`workerd ended before it listened. ${hint}`)
}
