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
const ORG_CODE = ORG.charCodeAt(0);

/** JSON again: `orgs` gives the JSON of an org by its number. A loop, since most of a search would go into a regular expression with a callback. */
export function expand(text: string, orgs: (number: number) => string): string {
  let json = '';
  let from = 0;
  for (let at = 0; at < text.length; at++) {
    const piece = text.charCodeAt(at);
    if (piece > ORG_CODE) continue;
    json += text.slice(from, at);
    if (piece < ORG_CODE) json += pieces[piece] as string;
    else {
      const end = text.indexOf(';', at);
      json += orgs(Number(text.slice(at + 1, end)));
      at = end;
    }
    from = at + 1;
  }
  return json + text.slice(from);
}
