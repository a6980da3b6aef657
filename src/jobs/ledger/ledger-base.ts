import { DurableObject } from 'cloudflare:workers'
import { adminTokensIn, type Env } from '../../config.ts'
import { secretBox } from '../../lib/secret-box.ts'
import { whenQuiet } from '../quiet.ts'
import { Outbox } from './outbox.ts'
import { migrateLedger } from './schema.ts'
import { SIGNING_PURPOSE, SigningSecrets } from './signing-secrets.ts'

/** The base of all parts of a ledger: its tables, and the outbox, which does the work that follows from changes. */
export class LedgerBase extends DurableObject<Env> {
  protected readonly outbox: Outbox
  readonly #workWhenQuiet = whenQuiet(() => this.outbox.work())
  protected readonly signing: SigningSecrets

  constructor(ctx: DurableObjectState, env: Env) {
    super(ctx, env)
    const box = secretBox(adminTokensIn(env), SIGNING_PURPOSE)
    this.signing = new SigningSecrets(ctx.storage.sql, box, ctx.id.toString())
    migrateLedger(ctx.storage, this.signing)
    this.outbox = new Outbox(ctx, env, this.signing)
  }

  protected get sql(): SqlStorage {
    return this.ctx.storage.sql
  }

  /** Changes rows in one transaction, then runs the outbox. */
  protected change<Result>(step: (nowMs: number) => Result): Result {
    const result = this.ctx.storage.transactionSync(() => step(Date.now()))
    this.outbox.work()
    return result
  }

  /** The same for steps in bursts of calls: the outbox runs after the calls are acknowledged. */
  protected changeSoon<Result>(step: (nowMs: number) => Result): Result {
    const result = this.record(step)
    // If the object ends before that, the alarm runs the outbox.
    this.outbox.setAlarm(Date.now())
    this.ctx.waitUntil(this.#workWhenQuiet())
    return result
  }

  /** Changes rows without running the outbox. */
  protected record<Result>(step: (nowMs: number) => Result): Result {
    return this.ctx.storage.transactionSync(() => step(Date.now()))
  }

  override async alarm(): Promise<void> {
    this.outbox.work()
  }
}
