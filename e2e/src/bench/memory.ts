import { readdirSync, readFileSync } from 'node:fs';
import process from 'node:process';

const FAMILY_EVERY_SAMPLES = 10;

/** Proportional set size of one process, bytes (`/proc/PID/smaps_rollup`); 0 when it has ended. */
function pssOf(pid: number): number {
  try {
    return Number(/^Pss:\s+(\d+) kB/m.exec(readFileSync(`/proc/${pid}/smaps_rollup`, 'utf8'))?.[1] ?? 0) * 1024;
  } catch {
    return 0;
  }
}

/** A process and all its descendants. */
function familyOf(root: number): number[] {
  const parents = new Map<number, number>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      parents.set(Number(name), Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]));
    } catch {
      continue;
    }
  }
  const family = [root];
  for (const member of family) for (const [pid, parent] of parents) if (parent === member) family.push(pid);
  return family;
}

/** CPU time of a process so far, all its threads, seconds (`/proc/PID/stat`, in hundredths). */
export function cpuSecondsOf(pid: number): number {
  const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

/** CPU time of the threads of a process so far by their names, seconds; of threads that have ended nothing is left. */
export function cpuSecondsByThread(pid: number): Map<string, number> {
  const seconds = new Map<string, number>();
  for (const id of readdirSync(`/proc/${pid}/task`)) {
    try {
      const stat = readFileSync(`/proc/${pid}/task/${id}/stat`, 'utf8');
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      const name = stat.slice(stat.indexOf('(') + 1, stat.lastIndexOf(')'));
      seconds.set(name, (seconds.get(name) ?? 0) + (Number(fields[11]) + Number(fields[12])) / 100);
    } catch {
      continue;
    }
  }
  return seconds;
}

/** CPU time so far of this process's descendants whose command begins so, with those that have ended since; seconds. */
export function cpuSecondsOfDescendants(command: string): number {
  return familyOf(process.pid).reduce((sum, pid) => {
    try {
      const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
      if (!stat.slice(stat.indexOf('(') + 1).startsWith(command)) return sum;
      const fields = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return sum + [11, 12, 13, 14].reduce((ticks, field) => ticks + Number(fields[field]), 0) / 100;
    } catch {
      return sum;
    }
  }, 0);
}

/** Memory of a process with its children now, bytes: the sum of their proportional set sizes. */
export function memoryOf(pid: number): number {
  return familyOf(pid).reduce((sum, member) => sum + pssOf(member), 0);
}

/** Watches the memory of a process with its children, every 50 ms. */
export class MemoryWatch {
  readonly #timer: NodeJS.Timeout;
  readonly #sample: () => void;
  peakBytes = 0;
  samples = 0;

  constructor(pid: number) {
    let family: number[] = [];
    this.#sample = () => {
      if (this.samples % FAMILY_EVERY_SAMPLES === 0) family = familyOf(pid);
      this.peakBytes = Math.max(this.peakBytes, family.reduce((sum, member) => sum + pssOf(member), 0));
      this.samples += 1;
    };
    this.#timer = setInterval(this.#sample, 50);
  }

  /** Takes a last sample and gives the most that was seen, bytes. */
  stop(): number {
    clearInterval(this.#timer);
    this.#sample();
    return this.peakBytes;
  }
}
