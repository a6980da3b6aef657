import type { Env } from '../../../src/config.ts'
import worker, { Ledger, Meter, Poller, Registry } from '../../../src/index.ts'
import { readAddress } from '../../../src/lib/address.ts'
import { breakers } from '../../../src/upstream/breakers.ts'
import { latencies } from '../../../src/upstream/latency.ts'
import { type Faults, withFaults } from './faults.ts'

export * from '../../../src/index.ts'

/** Paths for the tests; all others are the gateway's. */
const PREFIX = '/-/test/'

/** A call of a binding, or of an object of its namespace. */
export interface BindingCall {
  binding: 'KEYS' | 'CACHE' | 'REGISTRY' | 'POLLER'
  object?: string
  method: string
  args: unknown[]
}

/** The gateway, whose variables are set after its start and whose storage is open to the tests. */
export default {
  fetch(request: Request, env: Env & Faults, context: ExecutionContext): Response | Promise<Response> {
    const { pathname } = readAddress(request.url)
    if (pathname.startsWith(PREFIX)) return handleTest(pathname.slice(PREFIX.length), request, env)
    return worker.fetch(request, withFaults(env, pathname), context)
  },
}

async function handleTest(action: string, request: Request, env: Env): Promise<Response> {
  if (action === 'variables') Object.assign(env, await request.json())
  else if (action === 'retire') retire()
  else if (action === 'forget') forget()
  else return Response.json({ result: await callBinding(await request.json(), env) })
  return new Response()
}

async function callBinding({ binding, object, method, args }: BindingCall, env: Env): Promise<unknown> {
  const namespace = env[binding]
  const target = object !== undefined && 'getByName' in namespace ? namespace.getByName(object) : namespace
  return Reflect.apply(Reflect.get(target, method), target, args)
}

/** Makes the isolate forget which regions fail and how fast they are. */
function forget(): void {
  breakers.clear()
  latencies.clear()
}

/** Ends all work in the background: a later test may listen on the same port, or read what this process prints. */
function retire(): void {
  const nothing = () => undefined
  for (const { prototype } of [Meter, Registry, Ledger, Poller]) Object.assign(prototype, { alarm: nothing })
  Object.assign(console, { log: nothing, warn: nothing, error: nothing })
  globalThis.fetch = () => Promise.reject(new Error('The tests of this gateway are over.'))
}
