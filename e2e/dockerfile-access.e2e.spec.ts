import { execFile, execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readFileSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { copyBusybox, copyProgram } from './dockerfile/busybox.js';

const PROGRAM = join(__dirname, '../packages/command/bin/nx-linuxkit.cjs');
const TOKEN = 'a token that no image holds';

const DOCKERFILE = `FROM scratch
ARG WHO=nobody
COPY root /
ENV PATH=/bin
RUN --mount=type=ssh ssh-add -l > /keys
RUN --mount=type=secret,id=token busybox sha256sum < /run/secrets/token > /sum
RUN --mount=type=secret,id=file,target=/f busybox wc -c < /f > /size
RUN echo "$WHO $HTTP_PROXY" > /said
`;

let folder: string;
let agent: ChildProcess;
let socket: string;
let fingerprint: string;
beforeAll(async () => {
  folder = mkdtempSync(join(tmpdir(), 'e2e-access-'));
  const root = join(folder, 'app/root');
  for (const path of ['bin', 'etc']) mkdirSync(join(root, path), { recursive: true });
  copyBusybox(root);
  copyProgram('ssh-add', root);
  symlinkSync('/bin/busybox', join(root, 'bin/sh'));
  for (const [path, text] of Object.entries({
    'app/build.yml': 'image: app\norg: acme\narches: [amd64]\nnetwork: true\n',
    'app/Dockerfile': DOCKERFILE,
    'app/root/etc/passwd': 'root:x:0:0::/:/bin/sh\n',
    args: 'WHO=somebody\n',
    secret: '12345',
  }))
    writeFileSync(join(folder, path), text);
  socket = join(folder, 'agent');
  agent = spawn('ssh-agent', ['-D', '-a', socket], { stdio: 'ignore' });
  for (let tries = 0; !existsSync(socket) && tries < 600; tries += 1) await sleep(50);
  const key = join(folder, 'key');
  execFileSync('ssh-keygen', ['-q', '-t', 'ed25519', '-N', '', '-C', 'e2e', '-f', key]);
  const env = { ...process.env, SSH_AUTH_SOCK: socket };
  execFileSync('ssh-add', ['-q', key], { env, stdio: 'ignore' });
  fingerprint = execFileSync('ssh-add', ['-l'], { env, encoding: 'utf8' });
}, 120_000);
afterAll(async () => {
  const ended = once(agent, 'exit');
  agent.kill();
  await ended;
  rmSync(folder, { recursive: true, force: true });
});

const start = promisify(execFile);
/** buildah, and BuildKit where there is one. */
const BUILDERS = ['buildah', ...(process.env.BUILDKIT_HOST ? ['buildkit'] : [])];

async function command(builder: string, ...args: string[]): Promise<string> {
  const { stdout } = await start(process.execPath, [PROGRAM, ...args], {
    cwd: folder,
    env: {
      ...process.env,
      SSH_AUTH_SOCK: socket,
      TOKEN,
      HTTP_PROXY: 'http://proxy.example:3128',
      NO_PROXY: 'localhost,127.0.0.1',
      NX_LINUXKIT_BUILDER: builder,
      LINUXKIT_CACHE: join(folder, `cache-${builder}`),
    },
  });
  return stdout;
}

test.each(BUILDERS)(
  '%s gives RUN an agent, secrets, the arguments of a file and a proxy; the image keeps none of them',
  async (builder) => {
    const run = (...args: string[]) => command(builder, ...args);
    const fileOf = (path: string) => run('cache', 'export', '--path', path, '--outfile=-', 'acme/app:1');
    const secrets = ['--secret', 'id=token,env=TOKEN', '--secret', 'id=file,src=secret'];
    const flags = ['--hash=1', '--build-arg-file', 'args', '--ssh', 'default', ...secrets];
    await run('pkg', 'build', ...flags, 'app');
    expect(await fileOf('/keys')).toBe(fingerprint);
    const sum = execFileSync('sha256sum', { input: TOKEN, encoding: 'utf8' });
    expect(await fileOf('/sum')).toBe(sum);
    expect(await fileOf('/size')).toBe('5\n');
    expect(await fileOf('/said')).toBe('somebody http://proxy.example:3128\n');
    await run('cache', 'export', '--format=filesystem', '--outfile=files.tar', 'acme/app:1');
    const listed = execFileSync('tar', ['-tf', join(folder, 'files.tar')], { encoding: 'utf8' }).split('\n');
    expect(listed.filter((path) => /^(f|run|proc|dev|sys)(\/|$)/.test(path))).toEqual([]);
    expect(readFileSync(join(folder, 'files.tar')).includes(TOKEN)).toBe(false);
  },
);
