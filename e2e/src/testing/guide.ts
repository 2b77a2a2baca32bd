import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { promisify } from 'node:util';
import { fileURLToPath } from 'node:url';

const run = promisify(execFile);

/** The commands of one document, section by section: what stands in its blocks that are marked `sh`. */
export class Guide {
  readonly #sections: Map<string, string[]>;
  readonly #ran = new Set<string>();

  constructor(name: string, private readonly folder: string, private readonly environment: Record<string, string>) {
    const text = readFileSync(fileURLToPath(new URL(`../../../docs/${name}`, import.meta.url)), 'utf8');
    const sections = text.split(/^## /m).slice(1).map((section): [string, string[]] => [
      section.slice(0, section.indexOf('\n')).trim(), [...section.matchAll(/^```sh\n(.*?)^```$/gms)].map(([, commands = '']) => commands),
    ]);
    this.#sections = new Map(sections.filter(([, blocks]) => blocks.length > 0));
  }

  /**
   * Runs all commands of a section as they stand there; gives what they printed. Any command that fails throws, with the last words. `variables`: what else each block finds in its
   * environment, the last one for all that follow.
   */
  async run(section: string, ...variables: readonly Record<string, string>[]): Promise<string> {
    const blocks = this.#sections.get(section);
    if (!blocks) throw new Error(`there is no section ${section} with commands`);
    this.#ran.add(section);
    let printed = '';
    for (const [index, block] of blocks.entries()) {
      const options = { cwd: this.folder, env: { ...process.env, ...this.environment, ...(variables[index] ?? variables.at(-1)) }, timeout: 300_000, maxBuffer: 64 * 1024 * 1024 };
      printed += await run('bash', ['-euo', 'pipefail', '-c', block], options).then(({ stdout }) => stdout, (error: unknown) => {
        const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
        throw new Error(`"${section}" failed:\n${`${stdout}\n${stderr}`.slice(-4_000)}`, { cause: error });
      });
    }
    return printed;
  }

  /** Sections whose commands were never run. */
  get left(): string[] {
    return [...this.#sections.keys()].filter((section) => !this.#ran.has(section));
  }
}
