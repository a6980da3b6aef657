import { DurableObject } from 'cloudflare:workers'
import { adminTokensIn, type Env } from '../../config.ts'
import { secretBox } from '../../lib/secret-box.ts'
import { whenQuiet } from '../quiet.ts'
import { Outbox } from './outbox.ts'
import { migrateLedger } from './schema.ts'
import { SIGNING_PURPOSE, SigningSecrets } from './signing-secrets.ts'

/** What every part of a ledger builds on: its tables, and the outbox that takes up what follows from a change. */
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

  /** The same for a step that many callers may wait for at once: what follows is taken up after their acknowledgements. */
  protected changeSoon<Result>(step: (nowMs: number) => Result): Result {
    const result = this.record(step)
    // Whatever ends the object before that, the alarm takes it up.
    this.outbox.setAlarm(Date.now())
    this.ctx.waitUntil(this.#workWhenQuiet())
    return result
  }

  /** Changes rows that nothing follows from. */
  protected record<Result>(step: (nowMs: number) => Result): Result {
    return this.ctx.storage.transactionSync(() => step(Date.now()))
  }

  override async alarm(): Promise<void> {
    this.outbox.work()
  }
}
