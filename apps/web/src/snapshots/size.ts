const UNITS = ['B', 'KB', 'MB', 'GB', 'TB'];

/** Bytes in the unit that keeps the number short, powers of 1,024. */
export function size(bytes: number, language: string): string {
  const power = bytes < 1 ? 0 : Math.min(UNITS.length - 1, Math.floor(Math.log2(bytes) / 10));
  return `${new Intl.NumberFormat(language, { maximumFractionDigits: power === 0 ? 0 : 1 }).format(bytes / 1024 ** power)} ${UNITS[power]}`;
}
