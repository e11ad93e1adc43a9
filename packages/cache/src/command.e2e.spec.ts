import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { startFaultyRegistry } from './__tests__/faulty-registry.js';
import { temporaryFolders } from './__tests__/folder.js';

/** Compiled, as users run it. */
const PROGRAM = join(__dirname, '../bin/nx-linuxkit-cache.cjs');
const newFolder = temporaryFolders();
const place = () => ['--to', pathToFileURL(newFolder()).href, '--spool', newFolder()];

/** Starts the program in a process group of its own, as a shell does. */
function started(args: readonly string[], env: NodeJS.ProcessEnv = {}) {
  const child = spawn(process.execPath, [PROGRAM, ...args], {
    env: { ...process.env, ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
    detached: true,
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) stream.on('data', (text) => (output += String(text)));
  const ended = once(child, 'close').then(([code, signal]) => ({ status: code ?? signal, output }));
  const says = async (text: string) => {
    while (!output.includes(text)) await once(child.stdout, 'data');
    return output;
  };
  return { child, ended, says };
}

const run = (args: readonly string[], env?: NodeJS.ProcessEnv) => started(args, env).ended;

describe('the status', () => {
  it.each([
    ['of the command', ['sh', '-c', 'exit 3'], 3],
    ['of a signal that ended the command', ['sh', '-c', 'kill -TERM $$'], 143],
  ])('is that %s', async (_, command, expected) => {
    const { status, output } = await run([...place(), '--', ...command]);
    expect(status).toBe(expected);
    expect(output).toBe('nx-linuxkit-cache: 0 of 0 restored (0 B down)\n');
  });

  it('is 127 for a program that does not exist, and 126 for a file that is no program', async () => {
    const plain = join(newFolder(), 'plain');
    writeFileSync(plain, 'text');
    chmodSync(plain, 0o644);
    const missing = await run([...place(), '--', 'no-such-program']);
    expect(missing).toMatchObject({ status: 127 });
    expect(missing.output).toMatch(/^error: cannot run no-such-program: ENOENT\n/);
    expect(await run([...place(), '--', plain])).toMatchObject({ status: 126 });
  });

  it.each([
    ['no command', [...place(), '--'], 'expected a command after two dashes, got none'],
    ['a flag that does not exist', ['--too', 'x', '--', 'true'], "unknown option '--too'"],
    ['a place of no kind', ['--to', 'registry.example/x', '--', 'true'], 'expected oci://host/repository'],
    ['no place', ['--', 'true'], 'expected --to or --from, got neither'],
  ])('is 1 for %s, and one error says so', async (_, args, message) => {
    const { status, output } = await run(args);
    expect(status).toBe(1);
    expect(output).toContain(message);
    expect(output.match(/^error: /gm)).toHaveLength(1);
  });

  it('stays that of the command where nothing reads what is printed', async () => {
    const { child, ended } = started([...place(), '--', 'sh', '-c', 'sleep 1; exit 3']);
    child.stdout.destroy();
    child.stderr.destroy();
    const [code] = await once(child, 'exit');
    expect(code).toBe(3);
    await ended;
  });
});

it('Ctrl-C ends the command, not the worker, and uploads that hang hold nothing up for long', async () => {
  const registry = await startFaultyRegistry();
  registry.set(({ method }) => (method === 'GET' ? undefined : 'hang'));
  try {
    const put = `fetch(process.env.NX_SELF_HOSTED_REMOTE_CACHE_SERVER + '/v1/cache/1', { method: 'PUT',
      headers: { authorization: 'Bearer ' + process.env.NX_SELF_HOSTED_REMOTE_CACHE_ACCESS_TOKEN },
      body: require('node:zlib').gzipSync('archive') }).then(({ status }) => console.log('put', status));
      setTimeout(() => undefined, 120000);`;
    const flags = ['--to', `oci://${registry.host}/acme/cache`, '--spool', newFolder()];
    const { child, ended, says } = started([...flags, '--', process.execPath, '-e', put]);
    await says('put 200');
    const begun = performance.now();
    process.kill(-child.pid!, 'SIGINT');
    const { status, output } = await ended;
    expect(status).toBe(130);
    expect(output).not.toContain('the worker ended');
    expect(output).toMatch(/; .*1 entries \(\d+ B\) were not stored in time\n$/);
    expect(performance.now() - begun).toBeLessThan(60_000);
  } finally {
    await registry.stop();
  }
});

describe('serve', () => {
  const serve = (env: NodeJS.ProcessEnv) => started(['serve', ...place(), '--port', '0'], env);

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('ends with %s, with the status 0', async (signal) => {
    const { child, ended, says } = serve({});
    await says('ACCESS_TOKEN=');
    child.kill(signal);
    const { status, output } = await ended;
    expect(status).toBe(0);
    expect(output).toContain('# 0 of 0 restored');
  });

  it('takes an empty token for none, and no client can write with an empty one', async () => {
    const { child, ended, says } = serve({
      NX_LINUXKIT_CACHE_TOKEN: '',
      NX_LINUXKIT_CACHE_READ_TOKEN: 'reader',
    });
    const [, url] = /SERVER=(\S+)/.exec(await says('SERVER='))!;
    const put = async (token: string) => {
      const headers = { authorization: `Bearer ${token}` };
      return (await fetch(`${url}/v1/cache/1`, { method: 'PUT', headers, body: 'x' })).status;
    };
    expect([await put(''), await put('reader'), await put('undefined')]).toEqual([401, 403, 401]);
    child.kill('SIGTERM');
    expect((await ended).output).not.toContain('ACCESS_TOKEN');
  });
});
