import { startPostgresProgram } from './postgres-program.js';
import { newCredentials, runOnPostgres, withDatabases, type PostgresServer } from './postgres-server.js';
import { ServerUnavailable } from './server.js';
import { until } from './until.js';

const archivedWithinMs = 30_000;
/** Both commands are run in the data folder. */
const archiveCommand = 'mkdir -p ../archive && test ! -e ../archive/%f && cp %p ../archive/%f.new && mv ../archive/%f.new ../archive/%f';

/** A private PostgreSQL that keeps every change in an archive beside its data folder, so that it can be put back as it was at a time. */
export interface ArchivingPostgres extends PostgresServer {
  /** Copies the whole cluster beside those who work on it, in place of an earlier copy. */
  backUp(): Promise<void>;
  /** Resolves when everything that was committed before is in the archive. */
  archived(): Promise<void>;
  /** Kills the server and deletes its data folder: only the copy and the archive are left. */
  lose(): Promise<void>;
  /** Starts it on the copy, with what the archive has up to a time (ISO); resolves once it takes changes. Throws where the archive does not reach so far. */
  restore(until: string): Promise<void>;
}

/** From the programs of this machine; `ServerUnavailable` without them. */
export async function startArchivingPostgres(): Promise<ArchivingPostgres> {
  const program = await startPostgresProgram(newCredentials(), ['wal_level=replica', 'archive_mode=on', `archive_command=${archiveCommand}`]);
  if ('reason' in program) throw new ServerUnavailable('a PostgreSQL server that archives', [program.reason]);
  const { url, faults, beside } = program;
  return {
    ...withDatabases('process', program),
    backUp: () => beside('rm -rf base; pg_basebackup --dbname="$url" --checkpoint=fast --pgdata=base', { url }),
    archived: async () => {
      const [switched] = await runOnPostgres(url, 'select pg_walfile_name(pg_switch_wal()) as file');
      const isArchived = async (): Promise<boolean> => (await runOnPostgres(url, `select 1 from pg_stat_archiver where last_archived_wal >= '${String(switched?.['file'])}'`)).length === 1;
      if (!(await until(isArchived, archivedWithinMs))) throw new Error('the write-ahead log does not get into the archive');
    },
    lose: async () => {
      await faults.kill();
      await beside('rm -r data');
    },
    restore: async (time) => {
      await beside('cp -a base data; printf "%s\\n" "$settings" >> data/postgresql.auto.conf; touch data/recovery.signal', { settings: settingsUntil(time) });
      await faults.restart();
    },
  };
}

/** Nobody is let in before everything is there. PostgreSQL knows no `Z` before it has started. */
function settingsUntil(time: string): string {
  return ["restore_command = 'cp ../archive/%f %p'", `recovery_target_time = '${time.replace(/Z$/, '+00')}'`, "recovery_target_action = 'promote'", 'hot_standby = off'].join('\n');
}
