import { readdirSync, readFileSync } from 'node:fs';
import { z } from 'zod';
import * as contracts from './index.js';

/** Their samples, of every kind and version, lie with the code that writes them: `libs/snapshot-log/samples`. */
const KEPT_WITH_THE_LOG = ['LogRecord', 'Manifest'];
/** Whose sample has another name than the shape. */
const NAMED: Record<string, string> = { StatusFile: 'status' };
/** What travels as a whole: such a shape needs a sample of its own, whatever its parts have. */
const TRAVELS = /(Answer|Body|Command)$/;

const samples = new URL('../samples/', import.meta.url);
const files = ['http', 'stored'].flatMap((folder) => readdirSync(new URL(`${folder}/`, samples)).map((name) => `${folder}/${name}`));
const shapes = (Object.entries(contracts) as [string, unknown][]).filter((entry): entry is [string, z.ZodType] => entry[1] instanceof z.ZodType && holdsObjects(entry[1]));
const kebab = (name: string): string => NAMED[name] ?? name.replaceAll(/(?<=[a-z])[A-Z]/g, (letter) => `-${letter}`).toLowerCase();

/** The sample files of a shape, the newest version last. */
function samplesOf(name: string): string[] {
  const version = (file: string): number => Number(/\.v(\d+)\.json$/.exec(file)?.[1]);
  return files.filter((file) => new RegExp(`/${kebab(name)}\\.v\\d+\\.json$`).test(file)).sort((a, b) => version(a) - version(b));
}

function holdsObjects(schema: z.ZodType): boolean {
  return schema instanceof z.ZodObject || (schema instanceof z.ZodUnion && schema.options.some((option) => holdsObjects(option as z.ZodType)));
}

function partsOf({ def }: z.ZodType): z.ZodType[] {
  const parts = def as { shape?: Record<string, z.ZodType>; element?: z.ZodType; innerType?: z.ZodType; options?: z.ZodType[]; valueType?: z.ZodType; in?: z.ZodType; out?: z.ZodType };
  return [...Object.values(parts.shape ?? {}), ...(parts.options ?? []), parts.element, parts.innerType, parts.valueType, parts.in, parts.out].filter((part) => part !== undefined);
}

/** The schemas that a sample of one of these shows, at any depth. */
function shownBy(roots: readonly z.ZodType[]): Set<z.ZodType> {
  const shown = new Set<z.ZodType>();
  const waiting = [...roots];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (shown.has(next)) continue;
    shown.add(next);
    waiting.push(...partsOf(next));
  }
  return shown;
}

describe('every exported shape', () => {
  const sampled = shapes.filter(([name]) => samplesOf(name).length > 0);

  test('has a sample, or is part of one that has', () => {
    const shown = shownBy([
      ...[...sampled, ...shapes.filter(([name]) => KEPT_WITH_THE_LOG.includes(name))].map(([, shape]) => shape),
      ...Object.values(contracts.EVENTS).map(({ data }) => data),
    ]);
    const isShown = ([name, shape]: [string, z.ZodType]): boolean => !TRAVELS.test(name) && (shown.has(shape) || ((shape instanceof z.ZodObject || shape instanceof z.ZodUnion) && partsOf(shape).every((part) => shown.has(part))));
    const missing = shapes.filter((entry) => !sampled.includes(entry) && !isShown(entry)).map(([name]) => `${name} (http/${kebab(name)}.v1.json or stored/...)`);
    if (missing.length > 0) throw new Error(`Add a sample to libs/contracts/samples for: ${missing.join(', ')}`);
    expect(sampled.length).toBeGreaterThan(30);
  });

  test.each(sampled)('%s reads its newest sample without loss', (name, shape) => {
    const sample = JSON.parse(readFileSync(new URL(samplesOf(name).at(-1) ?? '', samples), 'utf8')) as object;
    expect(shape.parse(sample)).toMatchObject(sample);
  });

  test('of which there is a sample is exported: no sample is left over', () => {
    const known = new Set(sampled.flatMap(([name]) => samplesOf(name)));
    expect(files.filter((file) => !known.has(file))).toEqual([]);
  });
});
