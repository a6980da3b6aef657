import type { EdgeContext } from '../proxy/exchange.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS'
export type Handler = (c: EdgeContext) => Response | Promise<Response>

/** A path of the gateway's own HTTP API. */
export interface Address {
  path: string
  /**
   * `operator`: only with ADMIN_TOKEN or an operator's session. `handler`: the handlers authenticate their callers.
   */
  access: 'operator' | 'handler'
  /** Whether pages of other origins may call it, so that it needs CORS. */
  forPages?: true
  methods: Partial<Record<Method, Handler>>
}

/** Addresses whose handlers authenticate their callers. */
export function handledAddresses(methods: Readonly<Record<string, Address['methods']>>): readonly Address[] {
  return Object.entries(methods).map(([path, each]) => ({ path, access: 'handler', methods: each }))
}
