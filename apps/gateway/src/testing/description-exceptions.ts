/** A finding of a linter that stays: its rule, where it is met (in the path of the finding), and why. */
export interface DescriptionException {
  linter: 'spectral' | 'redocly';
  rule: string;
  where: RegExp;
  reason: string;
}

const OPEN = /^paths\.\/api\/(v1\/session|openapi\.json)\./;

/** Every exception from the rules of spectral (OpenAPI and OWASP) and redocly that the description of the API makes. One that nothing needs any more fails the test. */
export const DESCRIPTION_EXCEPTIONS: readonly DescriptionException[] = [
  { linter: 'spectral', rule: 'owasp:api4:2023-string-restricted', where: /./, reason: 'Names, titles, reasons and headers are free text of many languages; all of it is bounded in length, and escaped where it is shown.' },
  { linter: 'spectral', rule: 'owasp:api4:2023-string-limit', where: /content\.(text\/csv|text\/event-stream|application\/jsonl|application\/octet-stream)\.schema/, reason: 'Files and streams are as long as what they hold.' },
  { linter: 'spectral', rule: 'owasp:api4:2023-rate-limit', where: /./, reason: 'Only what changes something, signs in or administers is limited, and says so in RateLimit; reads are not counted.' },
  { linter: 'spectral', rule: 'owasp:api4:2023-rate-limit-responses-429', where: OPEN, reason: 'Asking who is signed in, signing out and this description are not limited.' },
  { linter: 'spectral', rule: 'owasp:api8:2023-define-cors-origin', where: /./, reason: 'No other origin may read answers: there is no Access-Control header to describe.' },
  { linter: 'spectral', rule: 'owasp:api2:2023-write-restricted', where: /^paths\.\/api\/v1\/session\.post/, reason: 'Whoever signs in has no session yet; the key is in the body.' },
  { linter: 'spectral', rule: 'owasp:api2:2023-read-restricted', where: /^paths\.\/api\/openapi\.json/, reason: 'The description is public.' },
  { linter: 'spectral', rule: 'owasp:api8:2023-define-error-responses-401', where: OPEN, reason: 'Signing in with a bad key is 403, as with a bad key anywhere; the description needs none.' },
  { linter: 'spectral', rule: 'owasp:api5:2023-admin-security-unique', where: /\/admin\//, reason: 'What a key may do follows from its role, declared beside each route and said in its description, not from another kind of key.' },
  { linter: 'spectral', rule: 'owasp:api2:2023-jwt-best-practices', where: /^components\.securitySchemes\.key/, reason: 'Keys are opaque random texts, no JWT.' },
];
