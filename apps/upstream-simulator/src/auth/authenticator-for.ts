import type { Auth } from '../options.js';
import { NoAuth, StaticBearer } from './bearer.js';
import type { Authenticator } from './caller.js';
import { OAuth1 } from './oauth1.js';
import { OAuth2 } from './oauth2.js';

/** The authenticator that a setting asks for. */
export function authenticatorFor(auth: Auth, now: () => number): Authenticator {
  switch (auth.kind) {
    case 'none':
      return new NoAuth();
    case 'bearer':
      return new StaticBearer(auth.token);
    case 'oauth1':
      return new OAuth1(auth, now);
    case 'oauth2':
      return new OAuth2(auth, now);
  }
}
