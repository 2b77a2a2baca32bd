import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { z } from 'zod';

const run = promisify(execFile);

/** One call of the `docker` command; gives what it printed. Throws with its last words when it fails or takes longer than ten minutes. */
export async function docker(args: readonly string[], options: { cwd?: string; env?: Record<string, string> } = {}): Promise<string> {
  try {
    const { stdout } = await run('docker', [...args], { ...options, env: { ...process.env, ...options.env }, maxBuffer: 64 * 1024 * 1024, timeout: 600_000 });
    return stdout;
  } catch (error) {
    const { stderr = '', stdout = '' } = error as { stderr?: string; stdout?: string };
    throw new Error(`docker ${args.join(' ')} failed:\n${`${stdout}\n${stderr}`.slice(-4_000)}`, { cause: error });
  }
}

/** What `docker inspect` tells of a container, as far as tests look. */
export const Container = z.object({
  Id: z.string(),
  State: z.object({ Running: z.boolean(), StartedAt: z.string(), Health: z.object({ Status: z.string() }).optional() }),
  Config: z.object({ Image: z.string(), User: z.string(), Env: z.array(z.string()), Cmd: z.array(z.string()).nullable(), Labels: z.record(z.string(), z.string()) }),
  HostConfig: z.object({
    ReadonlyRootfs: z.boolean(), Privileged: z.boolean(), CapDrop: z.array(z.string()).nullable(), SecurityOpt: z.array(z.string()).nullable(),
    PortBindings: z.record(z.string(), z.array(z.object({ HostIp: z.string(), HostPort: z.string() })).nullable()).nullable(),
  }),
  Mounts: z.array(z.object({ Type: z.string(), Name: z.string().optional(), Destination: z.string(), RW: z.boolean() })),
});
export type Container = z.infer<typeof Container>;

/** These containers, in the order of their ids. */
export async function inspect(ids: readonly string[]): Promise<Container[]> {
  return ids.length === 0 ? [] : z.array(Container).parse(JSON.parse(await docker(['inspect', ...ids])));
}

/** Stored bytes of an image, all its layers together; null when it is not on this machine. */
export async function sizeOfImage(image: string): Promise<number | null> {
  const size = await docker(['image', 'inspect', '--format', '{{.Size}}', image]).catch(() => null);
  return size === null ? null : Number(size);
}

/** The volumes of this machine, by name. */
export async function volumes(): Promise<string[]> {
  return (await docker(['volume', 'ls', '--quiet'])).split('\n').filter((name) => name !== '');
}

/** What a Node program prints that is run inside a container, with the rights of its service. */
export function nodeIn(container: string, program: string): Promise<string> {
  return docker(['exec', container, '/usr/local/bin/node', '-e', program]);
}
