import { Failure } from '../oneroster/failure.js';
import { Authenticator, type CallerRequest } from './caller.js';
import { sameText } from './oauth1-signature.js';

/** The token of an `Authorization: Bearer ...` header, or undefined. */
export function bearerOf(authorization: string | undefined): string | undefined {
  return /^Bearer\s+(\S+)$/i.exec(authorization ?? '')?.[1];
}

/** Wants one static bearer; after a rotation the same with `-r1`, `-r2`, ... at its end. */
export class StaticBearer extends Authenticator {
  #rotations = 0;

  constructor(readonly first: string) {
    super();
  }

  get current(): string {
    return this.#rotations === 0 ? this.first : `${this.first}-r${this.#rotations}`;
  }

  override check({ authorization }: CallerRequest): void {
    const token = bearerOf(authorization);
    if (token === undefined || !sameText(token, this.current)) {
      throw new Failure(401, 'unauthorisedrequest', 'The bearer is missing or not valid.', { 'www-authenticate': 'Bearer' });
    }
  }

  override rotate(): string {
    this.#rotations += 1;
    return this.current;
  }
}

/** Lets everyone in. */
export class NoAuth extends Authenticator {
  override check(): void {
    return;
  }

  override rotate(): undefined {
    return undefined;
  }
}
