import { createRequire } from 'node:module';
import { createConfig, lintFromString } from '@redocly/openapi-core';
import type * as SpectralCore from '@stoplight/spectral-core';
import type * as SpectralRulesets from '@stoplight/spectral-rulesets';
import { DESCRIPTION_EXCEPTIONS, type DescriptionException } from './testing/description-exceptions.js';
import { startGateway } from './testing/gateway-fixture.js';

// CommonJS without names that a module could import.
const require = createRequire(import.meta.url);
const { Spectral } = require('@stoplight/spectral-core') as typeof SpectralCore;
const { oas } = require('@stoplight/spectral-rulesets') as typeof SpectralRulesets;
const owasp = require('@stoplight/spectral-owasp-ruleset') as SpectralCore.RulesetDefinition;

interface Finding {
  linter: DescriptionException['linter'];
  rule: string;
  where: string;
}

async function description(): Promise<string> {
  const gateway = await startGateway(() => undefined);
  try {
    return await (await gateway.call('/api/openapi.json', { key: null })).text();
  } finally {
    await gateway.close();
  }
}

async function findingsOf(source: string): Promise<Finding[]> {
  const spectral = new Spectral();
  spectral.setRuleset({ extends: [[oas, 'recommended'], [owasp, 'recommended']] } as SpectralCore.RulesetDefinition);
  const ofSpectral = await spectral.run(JSON.parse(source) as Record<string, unknown>);
  const ofRedocly = await lintFromString({ source, absoluteRef: 'openapi.json', config: await createConfig({ extends: ['recommended'] }) });
  return [
    ...ofSpectral.map(({ code, path }): Finding => ({ linter: 'spectral', rule: String(code), where: path.join('.') })),
    ...ofRedocly.map(({ ruleId, location }): Finding => ({ linter: 'redocly', rule: ruleId, where: location[0]?.pointer ?? '' })),
  ];
}

const excepts = ({ linter, rule, where }: DescriptionException) => (finding: Finding): boolean => finding.linter === linter && finding.rule === rule && where.test(finding.where);

describe('the description of the API under the rules of spectral, OWASP and redocly', () => {
  test('has no finding but the exceptions that are listed with their reasons, and each of those is needed', async () => {
    const findings = await findingsOf(await description());
    const left = findings.filter((finding) => !DESCRIPTION_EXCEPTIONS.some((exception) => excepts(exception)(finding)));
    expect(left).toEqual([]);
    expect(DESCRIPTION_EXCEPTIONS.filter((exception) => !findings.some(excepts(exception)))).toEqual([]);
  });

  test('a planted mistake of each kind is found', async () => {
    const document = JSON.parse(await description()) as { paths: Record<string, { get: Record<string, unknown> }>; components: { schemas: Record<string, unknown> } };
    document.components.schemas['Loose'] = { type: 'string' };
    Object.assign(document.paths['/api/v1/districts']?.get ?? {}, { security: undefined, responses: { 200: { description: 'Success', content: { 'application/json': { schema: { $ref: '#/components/schemas/Nowhere' } } } } } });
    const found = new Set((await findingsOf(JSON.stringify(document))).map(({ linter, rule }) => `${linter} ${rule}`));
    expect([...found]).toEqual(expect.arrayContaining(['spectral owasp:api4:2023-string-limit', 'spectral invalid-ref', 'redocly no-unresolved-refs', 'redocly security-defined']));
  });
});
