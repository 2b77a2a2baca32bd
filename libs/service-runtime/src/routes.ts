/** A registered route: method in capitals, pattern with `:name` for one segment and `*` for the rest. */
export interface Route {
  method: string;
  pattern: string;
}

/** The methods of every route whose pattern fits the path of the URL, without HEAD; for 405 and its Allow header. */
export function allowedMethods(routes: readonly Route[], url: string): string[] {
  const path = url.split('?', 1)[0]?.split('/') ?? [];
  const methods = routes.filter(({ pattern }) => fits(pattern.split('/'), path)).map(({ method }) => method);
  return [...new Set(methods)].filter((method) => method !== 'HEAD').sort();
}

/** The pattern of the route that a request meets; a path without `:name` goes before one with it. */
export function routeOf(routes: readonly Route[], method: string, url: string): string | undefined {
  const path = url.split('?', 1)[0]?.split('/') ?? [];
  const fitting = routes.filter((route) => route.method === method && fits(route.pattern.split('/'), path)).map(({ pattern }) => pattern);
  return fitting.sort((a, b) => a.split(':').length - b.split(':').length)[0];
}

/** The routes, as `GET /a/:id`, that none of the requests meets. */
export function routesNotMet(routes: readonly Route[], requests: readonly (readonly [method: string, url: string, ...unknown[]])[]): string[] {
  const met = new Set(requests.map(([method, url]) => `${method} ${routeOf(routes, method, url) ?? ''}`));
  return [...new Set(routes.map(({ method, pattern }) => `${method} ${pattern}`))].filter((route) => !met.has(route));
}

function fits(pattern: readonly string[], path: readonly string[]): boolean {
  const rest = pattern.indexOf('*');
  if (rest === -1 ? pattern.length !== path.length : path.length < rest) return false;
  const compared = rest === -1 ? pattern : pattern.slice(0, rest);
  return compared.every((segment, index) => segment.startsWith(':') || segment === path[index]);
}
