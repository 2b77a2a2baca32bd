interface Named {
  givenName: string | null;
  familyName: string | null;
  middleName?: string | null;
  sourcedId: string;
}

/** `Family, Given Middle`, as lists are ordered; the id where a record has no name. */
export function listName({ givenName, middleName, familyName, sourcedId }: Named): string {
  const given = [givenName, middleName].filter(Boolean).join(' ');
  return [familyName, given].filter(Boolean).join(', ') || sourcedId;
}

/** `Given Family`. */
export function fullName({ givenName, familyName, sourcedId }: Named): string {
  return [givenName, familyName].filter(Boolean).join(' ') || sourcedId;
}

/** What is not empty, with dots between. */
export function dotted(parts: readonly (string | null | undefined)[]): string {
  return parts.filter(Boolean).join(' · ');
}
