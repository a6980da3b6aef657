import type { EdgeContext } from '../proxy/exchange.ts'

export type Method = 'GET' | 'POST' | 'PATCH' | 'DELETE' | 'OPTIONS'
export type Handler = (c: EdgeContext) => Response | Promise<Response>

/** One path of the gateway's own HTTP API. */
export interface Address {
  path: string
  /** `operator`: only with ADMIN_TOKEN or an operator's session. `handler`: the handlers identify their callers. */
  access: 'operator' | 'handler'
  /** Whether pages of other origins call it, which need CORS. */
  forPages?: true
  methods: Partial<Record<Method, Handler>>
}

/** Addresses whose handlers identify their callers, by path. */
export function handledAddresses(methods: Readonly<Record<string, Address['methods']>>): readonly Address[] {
  return Object.entries(methods).map(([path, each]) => ({ path, access: 'handler', methods: each }))
}
