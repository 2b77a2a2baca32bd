/** One thing wrong with the configuration: the variable or the place in the file, and what to do. Never the value. */
export interface ConfigurationProblem {
  key: string;
  message: string;
}

const SHOWN = 50;

/** Everything that is wrong with the configuration, at once. */
export class ConfigurationError extends Error {
  constructor(readonly problems: readonly ConfigurationProblem[]) {
    const lines = problems.slice(0, SHOWN).map(({ key, message }) => `  ${key}: ${message}`);
    const more = problems.length > SHOWN ? [`  and ${problems.length - SHOWN} more`] : [];
    super([`Lastgood cannot start: ${problems.length} ${problems.length === 1 ? 'problem' : 'problems'} in its configuration.`, ...lines, ...more].join('\n'));
    this.name = 'ConfigurationError';
  }
}
