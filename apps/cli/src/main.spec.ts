import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';

test('a reader that has seen enough ends the command in peace', async () => {
  const command = spawn(process.execPath, [fileURLToPath(new URL('./main.js', import.meta.url)), '--help'], { stdio: ['ignore', 'pipe', 'pipe'] });
  command.stdout.destroy();
  let errors = '';
  command.stderr.on('data', (chunk: Buffer) => void (errors += chunk.toString()));
  expect([(await once(command, 'close'))[0], errors]).toEqual([0, '']);
});
