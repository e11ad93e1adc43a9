import { spawn } from 'node:child_process';
import { createServer, type AddressInfo } from 'node:net';
import {
  debianImages,
  freePort,
  pushDebianImages,
  startRegistry,
  type TestRegistry,
} from '@nx-linuxkit/testing';
import { expectOneError } from './workspace/expect-one-error.js';
import { Terminal } from './workspace/terminal.js';
import { Workspace } from './workspace/workspace.js';

/** A system that is a shell on its console: the kernel starts it in the place of an init. */
const CMDLINE = 'console=ttyS0 quiet panic=1 rdinit=/bin/sh';
const PROMPT = /^\/ # *$/m;
const START_SERVER =
  'modprobe -a virtio_pci virtio_net; sleep 2; ip addr add 10.0.2.15/24 dev eth0; ip link set eth0 up; busybox httpd -p 80 -h /etc';
const MACHINE = ['--memory=256'];

let registry: TestRegistry;
let workspace: Workspace;

beforeAll(async () => {
  registry = await startRegistry();
  const references = await pushDebianImages(await debianImages(), registry.host, ['kernel', 'init']);
  workspace = await Workspace.create({
    files: {
      'shell/linuxkit.yml':
        `kernel:\n  image: ${references.get('kernel')}\n  cmdline: "${CMDLINE}"\n` +
        `init:\n  - ${references.get('init')}\n`,
    },
  });
  await workspace.succeed('lock', 'shell');
  await workspace.succeed('build', 'shell');
});
afterAll(async () => {
  await workspace?.stop();
  await registry?.stop();
});

const boot = (...options: string[]) => [
  process.execPath,
  workspace.path('node_modules/.bin/nx'),
  'boot',
  'shell',
  ...MACHINE,
  ...options,
];

async function onTerminal(
  env: NodeJS.ProcessEnv,
  options: readonly string[],
  use: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const terminal = await Terminal.run(boot(...options), {
    cwd: workspace.dir,
    env: { ...workspace.env, NO_COLOR: undefined, ...env },
  });
  try {
    await use(terminal);
  } finally {
    await terminal.close();
  }
}

describe('on a terminal without the terminal UI', () => {
  test('a person types, hears of the port, and ends the machine by Ctrl-A x', async () => {
    const port = await freePort();
    await onTerminal({}, ['--interrupt=guest', `--publish=${port}:80`], async (terminal) => {
      await terminal.until(/^quit: Ctrl-A x; Ctrl-C goes to the guest$/m);
      await terminal.until(PROMPT);
      await terminal.type('echo $((6 * 7)) is the answer');
      await terminal.until(/^42 is the answer$/m);
      // Linux echoes the key, and the program, which no key interrupts now, prints it.
      await terminal.type('stty -isig; echo ready; cat -v');
      await terminal.until(/^ready$/m);
      await terminal.press('C-c', 'Enter');
      await terminal.until(/^\^C\n\^C$/m);
      await terminal.press('C-d');
      await terminal.until(PROMPT);
      await terminal.type(START_SERVER);
      await terminal.until(new RegExp(`^port ${port} answers: http://localhost:${port}$`, 'm'));
      await terminal.press('C-a', 'x');
      const screen = await terminal.until(/^ended with \d+/m);
      expect(screen).toMatch(/^ended with 0$/m);
      // The terminal is as it was.
      expect(await terminal.until(/icanon/)).toMatch(/(?<!-)icanon/);
    });
  });

  test('Ctrl-C ends the machine, and interrupts the command', async () => {
    await onTerminal({}, [], async (terminal) => {
      await terminal.until(/^quit: Ctrl-A x or Ctrl-C /m);
      await terminal.press('C-c');
      expect(await terminal.until(/^ended with \d+/m)).toMatch(/^ended with 130$/m);
    });
  });
});

test('in the terminal UI a person types after i, and ends the machine by Ctrl-A x', async () => {
  await onTerminal({ NX_TUI: 'true' }, ['--interrupt=guest'], async (terminal) => {
    await terminal.until(/quit: Ctrl-A x; Ctrl-C goes to the guest/);
    await terminal.until(/\/ # /);
    await terminal.press('i');
    await terminal.type('echo $((6 * 7)) is the answer');
    await terminal.until(/42 is the answer/);
    await terminal.press('C-a', 'x');
    // The terminal UI stays open, and says that the task has stopped.
    await terminal.until(/◼ +shell:boot/);
  });
});

test('without a terminal the console is a log, and standard input goes to the guest', async () => {
  const [command, ...args] = boot();
  const child = spawn(command, args, { cwd: workspace.dir, env: workspace.env });
  const ended = new Promise<number | null>((resolve) => child.once('exit', resolve));
  let output = '';
  const prompted = new Promise<void>((resolve) =>
    child.stdout.on('data', (chunk: Buffer) => {
      output += chunk.toString();
      if (output.includes('/ #')) resolve();
    }),
  );
  await prompted;
  child.stdin.write('echo $((6 * 7)) is the answer; poweroff -f\n');
  expect(await ended).toBe(0);
  expect(output).toMatch(/^42 is the answer$/m);
});

test('a QEMU that fails says why, once, and the command fails', async () => {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const run = await workspace.nx('boot', 'shell', ...MACHINE, `--publish=${port}:80`);
  server.close();
  expectOneError(run, `Could not set up host forwarding rule 'tcp:127.0.0.1:${port}-:80'`);
  expect(run.output).toContain(`hint: Another program may listen on port ${port}`);
});

test('a wrong option is one error with a hint, and the command fails', async () => {
  const run = await workspace.nx('boot', 'shell', '--memroy=512');
  expectOneError(run, 'boot has no option memroy, did you mean memory?');
  expect(run.output).toContain('hint: `nx boot shell --help` explains the options.');
  const help = await workspace.nx('boot', 'shell', '--help');
  expect(help.output).toContain('--memory');
});
