import { type Migration, runMigrations, type TableStorage } from '../../lib/migrations.ts'
import { createBatchFiles } from './batch-files-table.ts'
import { createBatches } from './batches-table.ts'
import { createHookTables, linkJobsToEvents } from './hook-migrations.ts'
import { createReplyStates } from './reply-states.ts'
import type { SigningSecrets } from './signing-secrets.ts'

const createTables: Migration = (sql) => {
  sql.exec(
    `CREATE TABLE jobs (
       sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, kind TEXT NOT NULL, status TEXT NOT NULL,
       key TEXT NOT NULL, path TEXT NOT NULL, model TEXT NOT NULL, task_id TEXT, hook TEXT, origin TEXT NOT NULL,
       created_ms INTEGER NOT NULL, started_ms INTEGER, ended_ms INTEGER, expires_ms INTEGER NOT NULL,
       runs INTEGER NOT NULL, submissions INTEGER NOT NULL, status_code INTEGER, home TEXT NOT NULL,
       headers TEXT, usage TEXT, error TEXT, result_expires_ms INTEGER, metadata TEXT NOT NULL, webhook TEXT,
       call TEXT NOT NULL, settled_elsewhere INTEGER NOT NULL, settlement TEXT, wake_ms INTEGER);
     CREATE INDEX jobs_by_wake ON jobs (wake_ms) WHERE wake_ms IS NOT NULL;
     CREATE INDEX jobs_by_task ON jobs (task_id) WHERE task_id IS NOT NULL;
     CREATE TABLE bodies (
       job TEXT NOT NULL, part TEXT NOT NULL, piece INTEGER NOT NULL, bytes BLOB NOT NULL,
       PRIMARY KEY (job, part, piece)) WITHOUT ROWID;
     CREATE TABLE deliveries (
       sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, job TEXT, event TEXT NOT NULL, message TEXT NOT NULL,
       destination TEXT NOT NULL, url TEXT NOT NULL, host TEXT NOT NULL, origin TEXT NOT NULL, payload TEXT NOT NULL,
       status TEXT NOT NULL, tries INTEGER NOT NULL, budget INTEGER NOT NULL, next_ms INTEGER,
       created_ms INTEGER NOT NULL);
     CREATE INDEX deliveries_by_next ON deliveries (next_ms) WHERE next_ms IS NOT NULL;
     CREATE INDEX deliveries_by_job ON deliveries (job);
     CREATE TABLE tries (
       delivery TEXT NOT NULL, number INTEGER NOT NULL, at_ms INTEGER NOT NULL, milliseconds INTEGER NOT NULL,
       status INTEGER, error TEXT, answer TEXT NOT NULL, PRIMARY KEY (delivery, number)) WITHOUT ROWID;
     CREATE TABLE endpoints (
       id TEXT PRIMARY KEY, url TEXT NOT NULL, events TEXT NOT NULL, disabled INTEGER NOT NULL, payload TEXT NOT NULL,
       created_ms INTEGER NOT NULL, failing_ms INTEGER, failed_ms INTEGER) WITHOUT ROWID;
     CREATE TABLE secrets (
       sequence INTEGER PRIMARY KEY, owner TEXT NOT NULL, secret TEXT NOT NULL, created_ms INTEGER NOT NULL,
       expires_ms INTEGER);
     CREATE TABLE seen (
       scope TEXT NOT NULL, id TEXT NOT NULL, until_ms INTEGER NOT NULL, value TEXT NOT NULL,
       PRIMARY KEY (scope, id)) WITHOUT ROWID;
     CREATE TABLE circuits (
       host TEXT PRIMARY KEY, failures INTEGER NOT NULL, probe_ms INTEGER NOT NULL) WITHOUT ROWID;
     CREATE TABLE notices (sequence INTEGER PRIMARY KEY, event TEXT NOT NULL, data TEXT NOT NULL)`,
  )
}

/** Every new job and event counts open jobs and pending messages; without indexes the queries read all rows. */
const indexOpenWork: Migration = (sql) => {
  sql.exec(
    `CREATE INDEX jobs_open ON jobs (hook) WHERE status IN ('queued', 'running', 'waiting');
     CREATE INDEX deliveries_pending ON deliveries (host) WHERE status = 'pending'`,
  )
}

/** Runs the migrations of a ledger. Never change a released migration; append a new one instead. */
export function migrateLedger(storage: TableStorage, secrets: Pick<SigningSecrets, 'sealAll'>): void {
  const sealSecrets = () => secrets.sealAll()
  runMigrations(storage, [
    createTables,
    createHookTables,
    sealSecrets,
    createBatchFiles,
    createReplyStates,
    createBatches,
    linkJobsToEvents,
    indexOpenWork,
  ])
}
