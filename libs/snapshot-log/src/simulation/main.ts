import { parseArgs } from 'node:util';
import { catchMutants, FEWEST_OPERATIONS, REQUIRED_SITUATIONS, runSeeds } from './campaign.js';
import { mutants } from './mutants.js';
import { simulate } from './simulate.js';

const HOW = 'npm run simulate -- [--seeds N] [--from S] | --seed S [--mutant NAME]';
const MUTANT_SEEDS = 500;
const PROGRESS_EVERY = 500;

/** Prints what one seed did, record by record; false when it violated something. */
async function replay(seed: number, mutant: string | undefined): Promise<boolean> {
  const rules = mutant === undefined ? undefined : mutants[mutant];
  if (mutant !== undefined && rules === undefined) throw new Error(`No mutant is called ${mutant}: ${Object.keys(mutants).join(', ')}`);
  const result = await simulate(seed, rules);
  for (const line of result.history) console.log(line);
  for (const { invariant, message } of result.violations) console.log(`${invariant}: ${message}`);
  console.log(JSON.stringify({ seed, violations: result.violations.length, operations: result.operations, situations: result.situations }));
  return result.violations.length === 0;
}

async function campaign(from: number, seeds: number): Promise<boolean> {
  let violations = 0;
  const result = await runSeeds(from, seeds, ({ seed, violations: found }) => {
    violations += found.length;
    if ((seed - from + 1) % PROGRESS_EVERY === 0) console.log(`${seed - from + 1} of ${seeds} seeds, ${violations} violations`);
  });
  for (const { seed, violations: found } of result.failed) {
    for (const { invariant, message } of found.slice(0, 5)) console.log(`seed ${seed}: ${invariant}: ${message}`);
    console.log(`replay: npm run simulate -- --seed ${seed}`);
  }
  for (const [name, times] of Object.entries(result.situations)) console.log(`${name.padEnd(24)} ${times}`);
  console.log(`fewest store operations of a seed ${result.fewestOperations}, records ${result.records}`);
  const isLong = result.fewestOperations >= FEWEST_OPERATIONS;
  if (!isLong) console.log(`a seed had fewer than ${FEWEST_OPERATIONS} store operations; it proves too little`);
  const absent = REQUIRED_SITUATIONS.filter((name) => result.situations[name] === 0);
  if (absent.length > 0) console.log(`never happened: ${absent.join(', ')}; the seeds prove too little`);
  const caught = await catchMutants(1, MUTANT_SEEDS);
  const missed = Object.keys(caught).filter((name) => caught[name] === null);
  if (missed.length > 0) console.log(`not caught: ${missed.join(', ')}`);
  else console.log('replay a mutant: npm run simulate -- --seed <its seed> --mutant "<its name>"');
  console.log(JSON.stringify({ seeds, violations, mutants: caught }));
  return violations === 0 && isLong && absent.length === 0 && missed.length === 0;
}

function numberOf(text: string, name: string): number {
  const number = Number(text);
  if (!Number.isSafeInteger(number) || number < 1) throw new Error(`--${name} takes a number from 1 on. ${HOW}`);
  return number;
}

try {
  const { values } = parseArgs({
    options: {
      seeds: { type: 'string', default: '500' }, from: { type: 'string', default: '1' }, seed: { type: 'string' }, mutant: { type: 'string' },
    },
  });
  const good = values.seed === undefined
    ? await campaign(numberOf(values.from, 'from'), numberOf(values.seeds, 'seeds'))
    : await replay(numberOf(values.seed, 'seed'), values.mutant);
  process.exitCode = good ? 0 : 1;
} catch (error) {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 2;
}
