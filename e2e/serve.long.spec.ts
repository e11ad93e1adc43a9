import { spawn, type ChildProcess } from 'node:child_process';
import { join } from 'node:path';
import { exampleWorkspace } from './examples/example-workspace.js';
import type { Workspace } from './workspace/workspace.js';

/** A machine whose iPXE boots from a running `nx-linuxkit serve`, as any metal would. */
const PROGRAM = join(__dirname, '../packages/command/bin/nx-linuxkit.cjs');
/** The host, as a guest of QEMU's user network sees it. */
const HOST = '10.0.2.2';

let workspace: Workspace;
let server: ChildProcess;
let log = '';

beforeAll(async () => {
  workspace = await exampleWorkspace(['minimal']);
  await workspace.succeed('netboot', 'minimal');
  const folder = workspace.path('dist/examples/minimal/netboot');
  const flags = ['--directory', folder, '--port', '127.0.0.1:0', '--tftp', '127.0.0.1:0'];
  server = spawn(process.execPath, [PROGRAM, 'serve', ...flags], { stdio: ['ignore', 'ignore', 'pipe'] });
  server.stderr!.on('data', (chunk) => (log += String(chunk)));
  while (!/tftp:\S+/.test(log)) await new Promise((resolve) => setTimeout(resolve, 50));
}, 900_000);
afterAll(async () => {
  server?.kill();
  await workspace?.stop();
});

/** Boots from an address, and returns what the console has shown when the guest has powered off. */
async function bootFrom(url: string): Promise<string> {
  const machine = [
    '-machine',
    'pc',
    '-accel',
    'tcg',
    '-m',
    '1024',
    '-nodefaults',
    '-display',
    'none',
    '-no-reboot',
  ];
  const network = [
    '-netdev',
    `user,id=net0,bootfile=${url}`,
    '-device',
    'virtio-net-pci,netdev=net0,bootindex=0',
  ];
  const qemu = spawn('qemu-system-x86_64', [...machine, '-vga', 'std', ...network, '-serial', 'stdio'], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let text = '';
  qemu.stdout.on('data', (chunk) => (text += String(chunk)));
  const late = setTimeout(() => qemu.kill('SIGKILL'), 800_000);
  await new Promise((resolve) => qemu.once('close', resolve));
  clearTimeout(late);
  return text;
}

test.each(['http', 'tftp'])(
  'iPXE boots a system over %s',
  async (protocol) => {
    const port = new RegExp(`${protocol}://127.0.0.1:(\\d+)`).exec(log)![1];
    const text = await bootFrom(`${protocol}://${HOST}:${port}/minimal.ipxe`);
    expect(text).toContain('hello from a container');
    expect(text).toContain('Power down');
    const seen = protocol === 'http' ? /GET \/minimal-kernel 200/ : /TFTP \/?minimal-kernel sent/;
    expect(log).toMatch(seen);
  },
  900_000,
);

test('a signal ends it', async () => {
  const ended = new Promise((resolve) => server.once('exit', (code) => resolve(code)));
  server.kill('SIGTERM');
  expect(await ended).toBe(0);
});
