/** The base classes of `cloudflare:workers`, for tests that import the gateway's code into Node.js without running it there. */
class Base {
  readonly ctx: unknown
  readonly env: unknown

  constructor(ctx: unknown, env: unknown) {
    this.ctx = ctx
    this.env = env
  }
}

export class DurableObject extends Base {}
export class WorkflowEntrypoint extends Base {}
