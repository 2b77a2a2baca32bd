import nx from '@nx/eslint-plugin';
import tseslint from 'typescript-eslint';

/** Which layers a layer may import; imports go downwards only (ARCHITECTURE.md). */
const layers = {
  contracts: [],
  'object-store': [],
  'test-servers': [],
  simulator: [],
  database: ['contracts'],
  'event-bus': ['contracts'],
  sources: ['contracts'],
  'index-file': ['contracts'],
  'snapshot-log': ['contracts', 'object-store'],
  'service-runtime': ['contracts', 'event-bus', 'object-store', 'database'],
  'gateway-client': ['contracts'],
  web: ['contracts', 'gateway-client'],
  service: ['contracts', 'event-bus', 'object-store', 'database', 'sources', 'index-file', 'snapshot-log', 'service-runtime'],
  'all-in-one': ['contracts', 'service-runtime', 'service', 'simulator'],
  cli: ['contracts', 'gateway-client', 'object-store', 'snapshot-log'],
  'lone-service': ['contracts', 'event-bus', 'object-store', 'test-servers'],
  e2e: ['contracts', 'simulator', 'test-servers'],
};

/** Tests may also start what they are tested against. */
const testLayers = ['simulator', 'test-servers', 'object-store', 'event-bus', 'snapshot-log', 'index-file', 'lone-service'];

const boundaries = (more) => ['error', {
  enforceBuildableLibDependency: false,
  allow: [],
  depConstraints: Object.entries(layers).map(([layer, below]) => ({
    sourceTag: `layer:${layer}`,
    onlyDependOnLibsWithTags: [...new Set([layer === 'service' ? null : `layer:${layer}`, ...below.map((name) => `layer:${name}`), ...more.filter((name) => name !== layer).map((name) => `layer:${name}`)])].filter(Boolean),
  })),
}];

export default tseslint.config(
  { ignores: ['**/dist/**', '**/node_modules/**', '.nx/**', 'data/**'] },
  {
    files: ['**/*.{ts,tsx}'],
    extends: [...tseslint.configs.recommended],
    plugins: { '@nx': nx },
    languageOptions: { parserOptions: { projectService: true, tsconfigRootDir: import.meta.dirname } },
    rules: {
      '@typescript-eslint/no-explicit-any': 'error',
      '@typescript-eslint/no-floating-promises': 'error',
      '@typescript-eslint/no-misused-promises': ['error', { checksVoidReturn: { arguments: false } }],
      '@typescript-eslint/no-unused-vars': ['error', { argsIgnorePattern: '^_', varsIgnorePattern: '^_' }],
      '@typescript-eslint/switch-exhaustiveness-check': ['error', { considerDefaultExhaustiveForUnions: true }],
      'max-lines': ['error', { max: 400 }],
      'max-lines-per-function': ['error', { max: 60, skipBlankLines: true, skipComments: true }],
      'no-restricted-properties': ['error',
        { object: 'Date', property: 'now', message: 'Time is handed in as a Clock, so that tests can replay an interleaving.' },
        { object: 'Math', property: 'random', message: 'Randomness is handed in, so that tests can replay it from a seed.' },
        { object: 'process', property: 'env', message: 'The environment is read by the configuration of service-runtime only.' }],
      '@nx/enforce-module-boundaries': boundaries([]),
    },
  },
  {
    files: ['**/*.spec.ts', '**/*suite.ts', '**/suite*.ts', '**/simulation/**', '**/testing/**', 'e2e/**/*.ts', 'libs/test-servers/**/*.ts', 'libs/lone-service/**/*.ts'],
    rules: {
      'max-lines-per-function': 'off',
      'no-restricted-properties': 'off',
      '@nx/enforce-module-boundaries': boundaries(testLayers),
    },
  },
  {
    files: ['**/main.ts', 'apps/cli/**/*.ts', 'apps/upstream-simulator/**/*.ts', '**/system-clock.ts', '**/read-environment.ts', 'libs/service-runtime/src/run.ts', 'libs/service-runtime/src/start-services.ts', 'libs/object-store/src/directory-object-store.ts', 'libs/event-bus/src/in-process-event-bus.ts', '**/*.module.ts'],
    rules: { 'no-restricted-properties': 'off' },
  },
);
