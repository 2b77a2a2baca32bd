import { ServiceError } from '@lastgood/contracts';
import { ObjectStoreError, type ObjectStore } from '@lastgood/object-store';
import { Command, CommanderError, Option } from 'commander';
import { daysKept, exportAudit, verifyAudit } from './cmd-audit.js';
import { copy } from './cmd-backup.js';
import { rebuild, verify } from './cmd-bucket.js';
import { decide, logHead } from './cmd-decide.js';
import { runs, search, snapshots } from './cmd-look.js';
import { decideParked, listParked } from './cmd-parked.js';
import { refresh } from './cmd-refresh.js';
import { CommandError, EXIT, EXIT_HELP } from './exit-codes.js';
import { gatewayAddress, gatewayKey } from './gateway-address.js';
import { GatewayClient } from './gateway-client.js';
import { makeStore, openBackup, openStore, variable } from './open-store.js';
import { Output } from './output.js';
import { printable, printableLines } from './printable.js';

interface Stream {
  write(text: string): unknown;
  isTTY?: boolean | undefined;
}

/** What the command gets from the process it runs in. */
export interface Surroundings {
  environment: Record<string, string | undefined>;
  stdout: Stream;
  stderr: Stream;
  now(): number;
}

interface Tools {
  client(): GatewayClient;
  output(): Output;
  withStore(folder: string | undefined, work: (store: ObjectStore) => Promise<void>): Promise<void>;
  /** Opens the first store, then the second; closes both. */
  withStores(from: () => Promise<ObjectStore>, to: () => Promise<ObjectStore>, work: (from: ObjectStore, to: ObjectStore) => Promise<void>): Promise<void>;
  surroundings: Surroundings;
}

/** Runs one command line and gives its exit code; writes words for people to the streams, never throws. */
export async function runCommand(argv: readonly string[], surroundings: Surroundings): Promise<number> {
  const { environment, stdout, stderr, now } = surroundings;
  const program = new Command('lastgood');
  const tools: Tools = {
    client: () => new GatewayClient({ url: gatewayAddress(variable(environment, 'LASTGOOD_URL') ?? 'http://127.0.0.1:8080'), key: gatewayKey(variable(environment, 'LASTGOOD_KEY')) }),
    output: () => new Output(program.opts<{ json?: boolean }>().json === true, stdout, stderr),
    withStore: (folder, work) => using(openStore(folder, environment, now), work),
    withStores: (from, to, work) => using(from(), (opened) => using(to(), (target) => work(opened, target))),
    surroundings,
  };
  program.description('Last-good snapshots of slow, rate-limited upstream APIs').option('--json', 'one JSON value a line instead of words')
    .addHelpText('after', EXIT_HELP).exitOverride().configureOutput({ writeOut: (text) => void stdout.write(text), writeErr: (text) => void stderr.write(printableLines(text)) });
  addGatewayCommands(program, tools);
  addBucketCommands(program, tools);
  addBackupCommands(program, tools);
  addAuditCommands(program, tools);
  try {
    await program.parseAsync(argv);
    return EXIT.ok;
  } catch (error) {
    return failure(error, stderr);
  }
}

function addGatewayCommands(program: Command, { client, output }: Tools): void {
  program.command('refresh <district> [source]').description('start a refresh of one source or all, or join the active one').option('--wait', 'follow it to its end', false)
    .action((district: string, source: string | undefined, options: { wait: boolean }) => refresh(client(), output(), district, source, options));
  program.command('runs [run]').description('one run, or the newest ones').option('--district <id>').option('--source <id>').option('--limit <n>', 'at most 200', '20')
    .action((run: string | undefined, options: { district?: string; source?: string; limit: string }) => runs(client(), output(), run, options));
  program.command('snapshots <district> [snapshot]').description('one snapshot with its findings, counts and log head (also latest, latest-good), or snapshots and failed attempts, newest first').option('--source <id>')
    .addOption(new Option('--status <status>').choices(['complete', 'partial', 'quarantined', 'failed'])).option('--limit <n>', 'at most 200', '20')
    .action((district: string, snapshot: string | undefined, options: Parameters<typeof snapshots>[4]) => snapshots(client(), output(), district, snapshot, options));
  program.command('search <district> [words...]').description('search people or classes in the current snapshots')
    .addOption(new Option('--in <dataset>').choices(['students', 'parents', 'classes']).default('students')).option('--source <id>').option('--school <sourcedId>').option('--grade <grade>').option('--limit <n>', 'at most 200', '20')
    .action((district: string, words: string[], options: Parameters<typeof search>[4]) => search(client(), output(), district, words, options));
  for (const [verb, words] of [['approve', 'publish a held snapshot'], ['reject', 'reject a held snapshot'], ['rollback', 'make an earlier snapshot current again']] as const) {
    const previewed = new Option('--previewed <log head>', 'what you looked at, as "lastgood snapshots <district> <snapshot>" shows it; refused when what readers get changed since').argParser(logHead);
    program.command(`${verb} <district> <snapshot>`).description(words).option('--reason <words>', 'kept in the log; no personal data').addOption(previewed.makeOptionMandatory(verb === 'approve'))
      .action((district: string, snapshot: string, options: Parameters<typeof decide>[5]) => decide(client(), output(), verb, district, snapshot, options));
  }
  const parked = program.command('parked').description('messages that no try could handle');
  parked.command('list').option('--limit <n>', 'at most 200', '50').action((options: { limit: string }) => listParked(client(), output(), options));
  for (const verb of ['replay', 'drop'] as const) parked.command(`${verb} <message>`).action((message: string) => decideParked(client(), output(), verb, message));
}

function addBucketCommands(program: Command, { output, withStore }: Tools): void {
  program.command('verify').description('recompute every hash, size, row count and log chain of a bucket, without any service').option('--store <folder>', 'instead of the bucket of the environment')
    .action(({ store }: { store?: string }) => withStore(store, (opened) => verify(opened, output())));
  program.command('rebuild').description('the whole catalogue from the bucket alone: snapshots, states, current').option('--store <folder>', 'instead of the bucket of the environment').option('--runs', 'and every run that the logs know', false)
    .action(({ store, runs: withRuns }: { store?: string; runs: boolean }) => withStore(store, (opened) => rebuild(opened, output(), { runs: withRuns })));
}

function addBackupCommands(program: Command, { output, withStores, surroundings: { environment, now } }: Tools): void {
  const store = ['--store <folder>', 'instead of the bucket of the environment'] as const;
  program.command('backup [folder]').description('copy the bucket beside running services, only what is new, and verify the copy').option(...store)
    .action((folder: string | undefined, options: { store?: string }) => withStores(
      () => openStore(options.store, environment, now), () => openBackup(folder, { make: true }, environment, now), (from, to) => copy(from, to, output())));
  program.command('restore [folder]').description('copy a backup into an empty bucket and verify it; stop the services before').option(...store).option('--until <time>', 'the bucket as it was then')
    .action((folder: string | undefined, options: { store?: string; until?: string }) => withStores(
      () => openBackup(folder, { make: false }, environment, now), () => makeStore(options.store, environment, now), (from, to) => copy(from, to, output(), options)));
}

async function using(opening: Promise<ObjectStore>, work: (store: ObjectStore) => Promise<void>): Promise<void> {
  const store = await opening;
  try {
    await work(store);
  } finally {
    await store.close();
  }
}

function addAuditCommands(program: Command, { client, output, withStore, surroundings: { now } }: Tools): void {
  const audit = program.command('audit').description('who did or tried what');
  audit.command('export').description('entries with their hashes, one JSON value a line, oldest first').option('--district <id>').option('--actor <keyId>').option('--action <action>')
    .option('--from <day>', 'a day or an instant').option('--to <day>', 'a day or an instant, included')
    .action((options: Parameters<typeof exportAudit>[2]) => exportAudit(client(), output(), options));
  audit.command('verify [file]').description('check every hash of an export without filters, or of what the gateway has; names the first bad entry')
    .option('--anchors', 'check against the daily anchors in the bucket of the environment, too').option('--store <folder>', 'the same with a folder instead of that bucket')
    .addOption(new Option('--keep-days <n>', 'the smallest LASTGOOD_AUDIT_KEEP_DAYS that was ever set: what was removed younger is bad').argParser(daysKept))
    .action(async (file: string | undefined, { anchors = false, store, keepDays }: { anchors?: boolean; store?: string; keepDays?: number }) => {
      const verified = (opened: ObjectStore | null): Promise<void> => verifyAudit(client(), output(), file, opened, { nowMs: now(), keepDays });
      await (anchors || store !== undefined ? withStore(store, verified) : verified(null));
    });
}

function failure(error: unknown, stderr: Stream): number {
  if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
  if (error instanceof CommandError) {
    stderr.write(`${error.message}\n`);
    return error.exitCode;
  }
  if (error instanceof ObjectStoreError || error instanceof ServiceError) {
    stderr.write(`${printable(error.message)}\n`);
    return error.kind === 'denied' ? EXIT.denied : EXIT.unavailable;
  }
  stderr.write(`${printableLines(error instanceof Error ? (error.stack ?? error.message) : 'unknown failure')}\n`);
  return EXIT.unexpected;
}
