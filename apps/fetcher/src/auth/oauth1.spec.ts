import { readFileSync } from 'node:fs';
import { type OAuth1Settings, oauth1Header } from './oauth1.js';

interface Vectors {
  /** Name and version of the implementation that made them. */
  madeBy: string;
  cases: (OAuth1Settings & { method: string; url: string; timestamp: number; nonce: string; signature: string })[];
}

const { madeBy, cases } = JSON.parse(readFileSync(new URL('../../test-vectors/oauth1.json', import.meta.url), 'utf8')) as Vectors;

describe(`OAuth1 signatures equal those of ${madeBy}`, () => {
  test.each(cases.map((vector, index) => ({ ...vector, index })))('case $index: $signatureMethod $method $url', (vector) => {
    const header = oauth1Header(vector.method, new URL(vector.url), vector, vector);
    expect(header).toContain(`oauth_signature="${vector.signature}"`);
  });

  test('there are cases for both methods', () => {
    expect(new Set(cases.map(({ signatureMethod }) => signatureMethod))).toEqual(new Set(['HMAC-SHA1', 'HMAC-SHA256']));
    expect(cases.length).toBeGreaterThanOrEqual(20);
  });
});
