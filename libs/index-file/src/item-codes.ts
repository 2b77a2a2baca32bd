/**
 * Pieces of JSON that occur in every item, each stored as one control character (its place here, from 1): JSON text itself holds
 * none below U+0020. Character 31 is followed by the number of an org and `;`. Part of the file's format: only a new format version may change it.
 */
const PIECES = [
  '{"sourcedId":"',
  '","givenName":"', '","givenName":null',
  ',"familyName":"', ',"familyName":null',
  ',"email":"', ',"email":null',
  ',"phone":"', ',"phone":null',
  ',"identifier":"', ',"identifier":null',
  ',"roles":["student"]', ',"roles":["parent"]', ',"roles":["guardian"]', ',"roles":',
  ',"grades":[]', ',"grades":',
  ',"status":',
  ',"middleName":"', ',"middleName":null',
  ',"preferredName":"', ',"preferredName":null',
  ',"username":"', ',"username":null',
  ',"sms":"', ',"sms":null',
  ',"schools":[', '],"enabled":true', '],"enabled":',
] as const;

const codes = new Map<string, string>(PIECES.map((piece, index) => [piece, String.fromCharCode(index + 1)]));
const pieces = ['', ...PIECES];

/** The character that stands for a piece. */
export const code = (piece: (typeof PIECES)[number]): string => codes.get(piece) as string;

/** Ends the part of a person that linked people show. */
export const LINK_END = code(',"status":');
export const ORG = '\u001f';

/** JSON again: `orgs` gives the JSON of an org by its number. */
export function expand(text: string, orgs: (number: number) => string): string {
  return text.replace(CODED, (match) => (match.length === 1 ? (pieces[match.charCodeAt(0)] as string) : orgs(Number(match.slice(1, -1)))));
}

const CODED = new RegExp(`${ORG}\\d+;|[\\u0001-\\u001e]`, 'g');
