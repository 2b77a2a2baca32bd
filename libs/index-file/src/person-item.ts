import type { NormalUser } from '@lastgood/contracts';
import { LINK_END, ORG, code } from './item-codes.js';
import { LIST_LIMIT } from './format.js';

const TEXT_LIMIT = 1024;

/** A string as JSON, cut to the bound of the search API, without its opening quote: the code before it brings that. */
const inside = (value: string): string => JSON.stringify(value.length > TEXT_LIMIT ? value.slice(0, TEXT_LIMIT) : value).slice(1);
const list = (values: readonly string[], max: number, letters: number): string => JSON.stringify(values.slice(0, max).map((value) => value.slice(0, letters)));

const START = code('{"sourcedId":"');
const GIVEN = code('","givenName":"');
const NO_GIVEN = code('","givenName":null');
const optional = {
  familyName: [code(',"familyName":"'), code(',"familyName":null')],
  email: [code(',"email":"'), code(',"email":null')],
  phone: [code(',"phone":"'), code(',"phone":null')],
  identifier: [code(',"identifier":"'), code(',"identifier":null')],
  middleName: [code(',"middleName":"'), code(',"middleName":null')],
  preferredName: [code(',"preferredName":"'), code(',"preferredName":null')],
  username: [code(',"username":"'), code(',"username":null')],
  sms: [code(',"sms":"'), code(',"sms":null')],
} as const;
const ROLES = code(',"roles":');
const usualRoles: Readonly<Record<string, string>> = { student: code(',"roles":["student"]'), parent: code(',"roles":["parent"]'), guardian: code(',"roles":["guardian"]') };
const GRADES = code(',"grades":');
const NO_GRADES = code(',"grades":[]');
const SCHOOLS = code(',"schools":[');
const ENABLED = code('],"enabled":true');
const ENABLED_IS = code('],"enabled":');

/** The item of a person without its last brace, with the members that links show first. `orgNumbers`: the numbers of its orgs. */
export function personItem(user: NormalUser, orgNumbers: readonly number[]): string {
  const text = (name: keyof typeof optional): string => {
    const value = user[name];
    return value === null ? optional[name][1] : optional[name][0] + inside(value);
  };
  const role = user.roles.length === 1 ? usualRoles[user.roles[0] as string] : undefined;
  const id = JSON.stringify(user.sourcedId).slice(1, -1);
  return START + id + (user.givenName === null ? NO_GIVEN : GIVEN + inside(user.givenName)) + text('familyName')
    + text('email') + text('phone') + text('identifier') + (role ?? ROLES + list(user.roles, 32, 64))
    + (user.grades.length === 0 ? NO_GRADES : GRADES + list(user.grades, 32, 32))
    + LINK_END + JSON.stringify(user.status.slice(0, 32)) + text('middleName') + text('preferredName') + text('username') + text('sms')
    + SCHOOLS + orgNumbers.slice(0, LIST_LIMIT).map((number) => `${ORG}${number};`).join(',')
    + (user.enabled === true ? ENABLED : `${ENABLED_IS}${user.enabled}`);
}
