import { routeOf, type Route } from '@lastgood/service-runtime';

/** Headers that belong into the description when an answer has them. */
const DESCRIBED = ['etag', 'lastgood-snapshot', 'lastgood-log', 'lastgood-count', 'ratelimit', 'ratelimit-policy', 'location', 'content-disposition', 'retry-after', 'www-authenticate'];

type Described = Record<string, Record<string, { responses: Record<string, { headers?: Record<string, unknown> }> }>>;

/** Remembers which answers a test met, and tells those that the description of the API does not know. */
export class MetAnswers {
  readonly #met = new Map<string, { pattern: string; method: string; status: number; headers: Set<string> }>();

  constructor(private readonly routes: readonly Route[]) {}

  saw(method: string, url: string, status: number, headers: Iterable<string>): void {
    const pattern = routeOf(this.routes, method, url);
    if (!pattern?.startsWith('/api/') || pattern.startsWith('/api/docs')) return;
    const key = `${method} ${pattern} ${status}`;
    const met = this.#met.get(key) ?? { pattern, method, status, headers: new Set() };
    for (const name of headers) if (DESCRIBED.includes(name.toLowerCase())) met.headers.add(name.toLowerCase());
    this.#met.set(key, met);
  }

  /** Throws with each answer that `/api/openapi.json` has no words for. */
  expectDescribed({ paths }: { paths: Described }): void {
    const missing = [...this.#met].flatMap(([key, { pattern, method, status, headers }]) => {
      const answer = paths[pattern.replaceAll(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()]?.responses[String(status)];
      if (answer === undefined) return [key];
      const known = Object.keys(answer.headers ?? {}).map((name) => name.toLowerCase());
      return [...headers].filter((name) => !known.includes(name)).map((name) => `${key} with ${name}`);
    });
    if (missing.length > 0) throw new Error(`A test met answers that /api/openapi.json does not describe; say them in the @Answers of the route: ${missing.sort().join('; ')}`);
  }
}
