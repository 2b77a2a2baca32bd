import type { Type } from '@nestjs/common';
import * as contracts from '@lastgood/contracts';
import type { z } from 'zod';
import { publicRoutes, type PublicRoute } from './access/public-routes.js';
import { mayBeLeftOut } from './access/route.js';
import { PUBLIC_CONTROLLERS } from './gateway.module.js';

const HEADER = '// Made from the routes of the gateway (`node tools/generate-client.mjs`); do not edit by hand.';
/** What clients say beside the parameters of a path. */
const TAKEN = ['query', 'body'];
const SHAPES = new Map(Object.entries(contracts).map(([name, value]) => [value as unknown, name]));

/** The files of `libs/gateway-client` that follow from what is declared beside the routes, by name. Throws where a shape is not one of contracts. */
export function clientSource(controllers: readonly Type[] = PUBLIC_CONTROLLERS): Record<'operations.ts' | 'answers.ts', string> {
  const routes = publicRoutes(controllers).sort((a, b) => (a.operation < b.operation ? -1 : 1));
  return { 'operations.ts': operations(routes), 'answers.ts': answers(routes) };
}

function operations(routes: readonly PublicRoute[]): string {
  const shapes = new Set(routes.flatMap((route) => [route.query, route.body, route.answer].flatMap((shape) => (shape ? [nameOf(shape, route)] : []))));
  return [
    HEADER,
    `import type { ${[...shapes].sort().join(', ')} } from '@lastgood/contracts';`,
    '',
    '/** What every operation of the API takes and gives, by its id in the description of the API. */',
    'export interface Operations {',
    ...routes.flatMap((route) => [`  /** ${route.method} ${route.path}: ${route.summary.replaceAll('*/', '* /')}. */`, `  ${route.operation}: { ${membersOf(route).join('; ')} };`]),
    '}',
    '',
    '/** Where every operation is asked. */',
    "export const ROUTES: { readonly [O in keyof Operations]: readonly [method: 'GET' | 'POST' | 'PUT' | 'DELETE', path: string] } = {",
    ...routes.map(({ operation, method, path }) => `  ${operation}: ['${method}', '${path}'],`),
    '};',
    '',
  ].join('\n');
}

function answers(routes: readonly PublicRoute[]): string {
  const answered = routes.flatMap((route) => (route.answer ? [{ operation: route.operation, name: nameOf(route.answer, route) }] : []));
  return [
    HEADER,
    `import { ${[...new Set(answered.map(({ name }) => name))].sort().join(', ')} } from '@lastgood/contracts';`,
    '',
    '/** The shape of the answer of every operation that gives JSON, to check it by. */',
    'export const ANSWERS = {',
    ...answered.map(({ operation, name }) => `  ${operation}: ${name},`),
    '} as const;',
    '',
  ].join('\n');
}

function membersOf(route: PublicRoute): string[] {
  const parameters = [...route.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name);
  const clash = parameters.find((name) => TAKEN.includes(name));
  if (clash !== undefined) throw new Error(`${route.operation} has a parameter "${clash}" in its path; the client means something else by that, give it another name`);
  const gives = route.answer ? `typeof ${nameOf(route.answer, route)}` : route.status === 204 ? "'nothing'" : "'file'";
  return [
    ...(parameters.length === 0 ? [] : [`path: ${parameters.map((name) => `'${name}'`).join(' | ')}`]),
    ...(route.query ? [`query: typeof ${nameOf(route.query, route)}`] : []),
    ...(route.body ? [`body${mayBeLeftOut(route.body) ? '?' : ''}: typeof ${nameOf(route.body, route)}`] : []),
    `gives: ${gives}`,
  ];
}

/** The name that contracts export a shape under, whatever a route wraps it in to take an absent body. */
function nameOf(shape: z.core.$ZodType, { operation }: PublicRoute): string {
  for (let next: z.core.$ZodType | undefined = shape; next; next = within(next)) {
    const name = SHAPES.get(next);
    if (name !== undefined) return name;
  }
  throw new Error(`${operation} takes or gives a shape that clients cannot name; export it from libs/contracts`);
}

function within({ _zod: { def } }: z.core.$ZodType): z.core.$ZodType | undefined {
  const { innerType, out } = def as { innerType?: z.core.$ZodType; out?: z.core.$ZodType };
  return innerType ?? out;
}
