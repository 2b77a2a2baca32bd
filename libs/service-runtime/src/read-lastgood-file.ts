import { readFileSync } from 'node:fs';
import { LastgoodFile, type DistrictConfig } from '@lastgood/contracts';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';
import type { ConfigurationProblem } from './configuration-error.js';
import { codeOf, plainMessage } from './read-environment.js';
import { readableDistricts } from './readable-districts.js';

const MAX_FILE_BYTES = 64 * 1024 * 1024;

/**
 * The districts of a `lastgood.yaml`, references unresolved. Adds what is wrong, with line and column, to `problems`; then it gives what can be read all the
 * same, for finding further problems only.
 */
export function readLastgoodFile(path: string, problems: ConfigurationProblem[]): readonly DistrictConfig[] {
  const text = textOf(path, problems);
  return text === null ? [] : parseLastgoodFile(text, path, problems);
}

/** The same for a text; `path` only names it. */
export function parseLastgoodFile(text: string, path: string, problems: ConfigurationProblem[]): readonly DistrictConfig[] {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  if (document.errors.length > 0) {
    // The parser's own words quote the file, which may hold secrets; its code does not.
    for (const error of document.errors) problems.push({ key: place(path, lines, error.pos[0]), message: `is not valid YAML here (${error.code.toLowerCase().replaceAll('_', ' ')})` });
    return [];
  }
  const value = plainValue(document);
  const parsed = LastgoodFile.safeParse(value);
  if (parsed.success) return parsed.data.districts;
  for (const issue of parsed.error.issues) {
    const dotted = issue.path.map((part) => (typeof part === 'number' ? `[${part}]` : `.${String(part)}`)).join('').replace(/^\./, '');
    problems.push({ key: place(path, lines, offsetOf(document, issue.path)), message: `${dotted || 'the file'}: ${plainMessage(issue)}` });
  }
  return readableDistricts(value);
}

function textOf(path: string, problems: ConfigurationProblem[]): string | null {
  try {
    const bytes = readFileSync(path);
    if (bytes.length <= MAX_FILE_BYTES) return bytes.toString('utf8');
    problems.push({ key: 'LASTGOOD_CONFIG', message: `names a file of more than ${MAX_FILE_BYTES} bytes` });
  } catch (error) {
    problems.push({ key: 'LASTGOOD_CONFIG', message: `${path} cannot be read (${codeOf(error)})` });
  }
  return null;
}

function plainValue(document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 100 });
  } catch {
    return undefined;
  }
}

function offsetOf(document: Document, path: readonly PropertyKey[]): number {
  for (let length = path.length; length > 0; length--) {
    const node: unknown = document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return node.range[0];
  }
  return 0;
}

function place(path: string, lines: LineCounter, offset: number): string {
  const { line, col } = lines.linePos(offset);
  return `${path}:${line}:${col}`;
}
