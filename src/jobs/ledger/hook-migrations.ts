/** Migration of the ledger: inbound events and conversations. */
export function createHookTables(sql: SqlStorage): void {
  sql.exec(
    `CREATE TABLE hook_events (
       sequence INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, hook TEXT NOT NULL, user TEXT NOT NULL,
       received_ms INTEGER NOT NULL, status TEXT NOT NULL, reason TEXT, job TEXT, event TEXT NOT NULL);
     CREATE INDEX hook_events_by_hook ON hook_events (hook, received_ms);
     CREATE INDEX hook_events_by_job ON hook_events (job) WHERE job IS NOT NULL;
     CREATE TABLE hook_dedupe (
       hook TEXT NOT NULL, name TEXT NOT NULL, event TEXT NOT NULL, until_ms INTEGER NOT NULL,
       PRIMARY KEY (hook, name)) WITHOUT ROWID;
     CREATE TABLE hook_turns (
       sequence INTEGER PRIMARY KEY, hook TEXT NOT NULL, conversation TEXT NOT NULL, at_ms INTEGER NOT NULL,
       question TEXT NOT NULL, answer TEXT NOT NULL);
     CREATE INDEX hook_turns_by_conversation ON hook_turns (hook, conversation, sequence)`,
  )
}

/**
 * Migration of the ledger: a job refers to its event, because a replay gives an event a second job while the first
 * may still run.
 */
export function linkJobsToEvents(sql: SqlStorage): void {
  sql.exec(
    `ALTER TABLE jobs ADD COLUMN event TEXT;
     UPDATE jobs SET event = (SELECT id FROM hook_events WHERE job = jobs.id) WHERE hook IS NOT NULL`,
  )
}
