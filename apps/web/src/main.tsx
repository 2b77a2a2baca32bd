import { MutationCache, QueryCache, QueryClient, QueryClientProvider } from '@tanstack/react-query';
import { RouterProvider } from '@tanstack/react-router';
import { StrictMode } from 'react';
import { createRoot } from 'react-dom/client';
import { connection } from './api/connection.js';
import { ApiProblem } from './api/problem.js';
import { sessionQuery } from './api/queries.js';
import { applyKeptTheme } from './frame/theme.js';
import { router } from './router.js';
import { SessionGate } from './session/session-context.js';
import { WordsProvider } from './words/words-context.js';

const TRIES = 2;

applyKeptTheme();
const client: QueryClient = new QueryClient({
  queryCache: new QueryCache({ onError: signInAgain }),
  mutationCache: new MutationCache({ onError: signInAgain }),
  defaultOptions: {
    queries: {
      networkMode: 'always',
      retry: (count, error) => count < TRIES && error instanceof ApiProblem && error.problem.retryable && error.code !== 'no_snapshot_yet',
    },
    mutations: { networkMode: 'always' },
  },
});

/** The session ended elsewhere: the sign-in shows in place of the screen. */
function signInAgain(error: Error): void {
  if (error instanceof ApiProblem && error.status === 401) client.setQueryData(sessionQuery.queryKey, null);
}

connection.onHealed(() => void client.invalidateQueries({ predicate: ({ queryKey }) => queryKey[0] !== 'session' }));

const place = document.getElementById('page');
if (!place) throw new Error('index.html has an element with the id page');
createRoot(place).render(
  <StrictMode>
    <WordsProvider>
      <QueryClientProvider client={client}>
        <SessionGate><RouterProvider router={router} /></SessionGate>
      </QueryClientProvider>
    </WordsProvider>
  </StrictMode>,
);
