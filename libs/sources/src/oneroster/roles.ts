const STANDARD = ['administrator', 'aide', 'guardian', 'parent', 'proctor', 'relative', 'student', 'teacher',
  'counselor', 'districtAdministrator', 'principal', 'siteAdministrator', 'systemAdministrator'];
const SPELLINGS = new Map(STANDARD.flatMap((role) => [[role, role], [role.toLowerCase(), role]]));

/** A role of OneRoster 1.1 or 1.2 in the standard's spelling whatever the letter case; others as sent. */
export function standardRole(sent: string): string {
  return SPELLINGS.get(sent) ?? SPELLINGS.get(sent.trim().toLowerCase()) ?? sent;
}

/** Whether a role is one of the standard's, `ext:` roles of 1.2 included. */
export function isKnownRole(role: string): boolean {
  return SPELLINGS.has(role) || role.startsWith('ext:');
}
