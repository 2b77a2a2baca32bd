import { LastgoodFile } from '@lastgood/contracts';
import { z } from 'zod';
import { RuntimeSettings } from './runtime-settings.js';

/** Variables of the environment under one heading. */
export interface SettingsSection {
  title: string;
  schema: z.ZodObject;
}

/** `docs/CONFIG.md`: every variable of the runtime and of the sections given, and every key of `lastgood.yaml`, made from the schemas that check them. Throws where one has no meaning. */
export function configReference(sections: readonly SettingsSection[]): string {
  const all = [{ title: 'Every process', schema: RuntimeSettings }, ...sections];
  return [
    '# Configuration',
    '',
    'Made from the schemas that check it (`node tools/generate-config-docs.mjs`); do not edit by hand. Any variable `X` may also be given as `X_FILE`, the path of a file that holds the value.',
    'All problems are reported together at start, with the name of the key, and the process ends with code 1.',
    ...all.filter(({ schema }) => Object.keys(schema.shape).length > 0).flatMap(({ title, schema }) => ['', `## ${title}`, '', ...table(z.toJSONSchema(schema, { io: 'input', unrepresentable: 'any' }), 'Variable')]),
    '',
    '## lastgood.yaml',
    '',
    'Named by `LASTGOOD_CONFIG`. A string may refer to variables of the environment as `${NAME}`; they are resolved only where they are used. `[]` stands for each item of a list.',
    '',
    ...table(flat(z.toJSONSchema(LastgoodFile, { io: 'input', unrepresentable: 'any' })), 'Key'),
    '',
  ].join('\n');
}

type Shape = z.core.JSONSchema.BaseSchema;

function table(schema: Shape, heading: string): string[] {
  const rows = Object.entries(schema.properties ?? {}).map(([key, value]) => {
    const shape = typeof value === 'object' ? value : {};
    if (!shape.description) throw new Error(`${key} has no meaning: describe it in its schema.`);
    const needed = schema.required?.includes(key) ? 'required' : shape.default === undefined ? 'optional' : `\`${JSON.stringify(shape.default)}\``;
    return `| \`${key}\` | ${cell(rules(shape))} | ${cell(needed)} | ${cell(shape.description)} |`;
  });
  return [`| ${heading} | Value | Default | Meaning |`, '|---|---|---|---|', ...rows];
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

function rules(shape: Shape): string {
  if (shape.const !== undefined) return `\`${String(shape.const)}\``;
  if (shape.enum) return shape.enum.map((value) => `\`${String(value)}\``).join(', ');
  const choices = shape.anyOf ?? shape.oneOf;
  if (choices) return choices.map((choice) => (typeof choice === 'object' ? rules(choice) : '')).filter(Boolean).join(' or ');
  const type = [shape.type ?? 'string or number'].flat().join(' or ');
  const bounds = [
    range(shape.minimum, shape.maximum, ''), range(shape.minLength, shape.maxLength, ' characters'), range(shape.minItems, shape.maxItems, ' items'),
  ].filter(Boolean);
  return [type, ...bounds].join(', ');
}

function range(low: number | undefined, high: number | undefined, unit: string): string {
  const top = high === undefined || high >= Number.MAX_SAFE_INTEGER ? undefined : high;
  const bottom = low === undefined || low <= Number.MIN_SAFE_INTEGER ? undefined : low;
  if (bottom !== undefined && top !== undefined) return `${bottom} to ${top}${unit}`;
  if (top !== undefined) return `at most ${top}${unit}`;
  return bottom === undefined ? '' : `at least ${bottom}${unit}`;
}

/** The same as one object whose keys are dotted paths. */
function flat(schema: Shape): Shape {
  const properties: Record<string, Shape> = {};
  const required: string[] = [];
  visit(schema, '', (path, shape, needed) => {
    properties[path] = both(properties[path], shape);
    if (needed) required.push(path);
  });
  return { properties, required };
}

/** Of the kinds of a union every `kind` is told. */
function both(one: Shape | undefined, other: Shape): Shape {
  if (one === undefined) return other;
  const values = [one, other].flatMap((shape) => shape.enum ?? (shape.const === undefined ? [] : [shape.const]));
  if (values.length < 2) return one;
  const { const: _, ...rest } = one;
  return { ...rest, enum: [...new Set(values)] };
}

function visit(schema: Shape, path: string, found: (path: string, shape: Shape, needed: boolean) => void): void {
  for (const choice of [...(schema.anyOf ?? []), ...(schema.oneOf ?? [])]) if (typeof choice === 'object') visit(choice, path, found);
  if (schema.items && typeof schema.items === 'object' && !Array.isArray(schema.items)) visit(schema.items, `${path}[]`, found);
  for (const [key, value] of Object.entries(schema.properties ?? {})) {
    const inner = path === '' ? key : `${path}.${key}`;
    const shape = typeof value === 'object' ? value : {};
    found(inner, shape, schema.required?.includes(key) ?? false);
    visit(shape, inner, found);
  }
}
