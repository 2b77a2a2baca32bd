import type { ConfigurationProblem } from './configuration-error.js';
import type { Environment } from './secrets.js';

/** Letters that may be wrong, too many or too few; of a short name at most a quarter, or it is another word. */
const MOST_WRONG = 2;
/** Begins every name that is ours alone; others may belong to somebody else. */
const OURS = 'LASTGOOD_';

/**
 * Variables that are set and that nothing here knows, although one that is known is spelt almost alike. Names that are further off may belong to another
 * process of the same environment and are left alone.
 */
export function misspeltVariables(known: readonly string[], environment: Environment): ConfigurationProblem[] {
  const names = known.flatMap((key) => [key, `${key}_FILE`]);
  return Object.keys(environment).filter((key) => key.startsWith(OURS) && environment[key] !== '' && !names.includes(key)).flatMap((key) => {
    const meant = names.find((name) => name.startsWith(OURS) && wrongLetters(key, name) <= Math.min(MOST_WRONG, (name.length - OURS.length) / 4));
    return meant === undefined ? [] : [{ key, message: `is not known; ${meant} is meant, perhaps` }];
  });
}

/** How many letters must be put in, taken out or changed to make one of the other (Levenshtein). */
function wrongLetters(one: string, other: string): number {
  if (Math.abs(one.length - other.length) > MOST_WRONG) return MOST_WRONG + 1;
  let before = Array.from({ length: other.length + 1 }, (_, index) => index);
  for (let row = 1; row <= one.length; row += 1) {
    const now = [row];
    for (let column = 1; column <= other.length; column += 1) {
      const changed = (before[column - 1] ?? 0) + Number(one[row - 1] !== other[column - 1]);
      now.push(Math.min(changed, (before[column] ?? 0) + 1, (now[column - 1] ?? 0) + 1));
    }
    before = now;
  }
  return before[other.length] ?? 0;
}
