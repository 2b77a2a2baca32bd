import type { LinkedPerson, PersonItem, Run, SnapshotItem, SourceProblem } from '@lastgood/contracts';
import { CommandError, EXIT } from './exit-codes.js';
import type { GatewayClient } from './gateway-client.js';
import type { Output } from './output.js';
import { placed, runLine } from './run-line.js';
import { snapshotWords } from './snapshot-words.js';

/** `lastgood runs [run]`: one run, or the newest ones. */
export async function runs(client: GatewayClient, output: Output, id: string | undefined, query: { district?: string; source?: string; limit: string }): Promise<void> {
  if (id !== undefined) {
    const run = await client.ask('runs_one', { run: id });
    output.item(run, runLine(run));
    return;
  }
  const { items } = await client.ask('runs_list', { query });
  output.table(items, ['RUN', 'SOURCE', 'PHASE', 'REQUESTED', 'SECONDS', 'RECORDS', 'FAILURE'], (index) => {
    const run = items[index] as Run;
    return [run.id, `${run.district}/${run.source}`, run.phase, run.requestedAt, run.durationSeconds?.toFixed(1) ?? '', String(run.progress.records), run.failure ? placed(run.failure) : ''];
  });
}

interface SnapshotOptions {
  source?: string;
  status?: SnapshotItem['status'];
  limit: string;
}

/** `lastgood snapshots <district> [snapshot]`: one snapshot with what a decision needs, or the history, newest first. */
export async function snapshots(client: GatewayClient, output: Output, district: string, id: string | undefined, query: SnapshotOptions): Promise<void> {
  if (id !== undefined) {
    const snapshot = await client.ask('snapshots_one', { district, snapshot: id, query: { source: query.source } });
    output.item(snapshot, ...snapshotWords(snapshot, district));
    return;
  }
  const { items, problems } = await client.ask('snapshots_list', { district, query });
  output.table(items, ['SNAPSHOT', 'SOURCE', 'STATE', 'STATUS', 'CREATED', 'MB', 'STUDENTS', 'ERRORS'], (index) => {
    const item = items[index] as SnapshotItem;
    return [item.snapshot_id, item.source, item.state, item.status, item.created_at, (item.size_bytes / 1e6).toFixed(1), String(item.counts['students'] ?? ''), String(item.error_count)];
  });
  failOnProblems(problems ?? []);
}

interface SearchOptions {
  in: 'students' | 'parents' | 'classes';
  source?: string;
  school?: string;
  grade?: string;
  limit: string;
}

/** `lastgood search <district> <words...>`: what the page's search box gives. */
export async function search(client: GatewayClient, output: Output, district: string, words: readonly string[], { in: dataset, ...query }: SearchOptions): Promise<void> {
  const asked = { district, query: { q: words.join(' '), ...query } };
  if (dataset === 'classes') {
    show(output, (await client.ask('people_classes', asked)).sources, (item) => `  ${item.title ?? ''}  ${item.classCode ?? ''}  ${item.school?.name ?? ''}  ${item.students} students`);
  } else if (dataset === 'parents') {
    show(output, (await client.ask('people_parents', asked)).sources, (item) => personLine(item, item.children));
  } else {
    show(output, (await client.ask('people_students', asked)).sources, (item) => personLine(item, item.guardians));
  }
}

interface SourceAnswer<Item> {
  source: string;
  snapshot: { id: string; createdAt: string } | null;
  count: { value: number; capped: boolean };
  items: readonly Item[];
  problem?: SourceProblem | undefined;
}

/** The items of every source; a source that cannot be read is named, and the command ends with 7 although the others were shown. */
function show<Item extends object>(output: Output, sources: readonly SourceAnswer<Item>[], lineOf: (item: Item) => string): void {
  for (const { source, snapshot, count, items, problem } of sources) {
    if (problem) continue;
    output.say(heading(source, snapshot, count));
    for (const item of items) output.item({ source, ...item }, lineOf(item));
  }
  failOnProblems(sources.flatMap(({ source, problem }) => (problem ? [{ source, ...problem }] : [])));
}

function failOnProblems(problems: readonly (SourceProblem & { source: string })[]): void {
  if (problems.length > 0) throw new CommandError(EXIT.unavailable, ...problems.map(({ source, code, detail }) => `${source} cannot be read: ${code}: ${detail}`));
}

function personLine(person: PersonItem, linked: readonly LinkedPerson[]): string {
  const names = linked.map(({ givenName, familyName }) => `${givenName ?? ''} ${familyName ?? ''}`.trim()).join(', ');
  const cells = [`${person.familyName ?? ''}, ${person.givenName ?? ''}`, person.grades.join(' '), person.schools[0]?.name ?? '', person.email ?? '', names && `(${names})`];
  return `  ${cells.filter((cell) => cell !== '').join('  ')}`;
}

function heading(source: string, snapshot: { id: string; createdAt: string } | null, count: { value: number; capped: boolean }): string {
  if (!snapshot) return `${source}: no snapshot yet`;
  return `${source}: ${count.value.toLocaleString('en')}${count.capped ? '+' : ''} found in snapshot ${snapshot.id} of ${snapshot.createdAt}`;
}
