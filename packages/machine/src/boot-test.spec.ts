import { chmodSync, existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { temporaryFolder } from './__tests__/temporary-folder.js';
import { boot } from './boot.js';
import { bootTest } from './boot-test.js';
import type { BootTestOptions } from './options.js';

const folder = temporaryFolder();

/** Writes a shell script that stands in for QEMU: its output is the console. */
function machine(script: string): BootTestOptions {
  const kernel = join(folder.path, 'kernel');
  const qemu = join(folder.path, 'qemu');
  writeFileSync(kernel, '');
  writeFileSync(qemu, `#!/bin/sh\n${script}\n`);
  chmodSync(qemu, 0o755);
  return { medium: { kind: 'kernel', kernel }, qemu, timeout: 10 };
}

const isRunning = (pid: number) => {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
};

test('resolves with console and timings once everything was seen, and ends the machine', async () => {
  const options = machine('echo $$; echo "[    1.250000] up"; printf "login: "; exec sleep 60');
  const { console, timings } = await bootTest({ ...options, expect: ['up', 'login:'] });
  expect(timings).toEqual([
    { what: '"up"', seconds: expect.any(Number), uptime: 1.25 },
    { what: '"login:"', seconds: expect.any(Number), uptime: 1.25 },
  ]);
  expect(isRunning(Number(console.split('\n')[0]))).toBe(false);
});

test('waits for an HTTP answer', async () => {
  const server =
    'const s=require("http").createServer((q,r)=>r.end("hello "+q.url));' +
    'setTimeout(()=>s.listen(+process.env.P,"127.0.0.1"),300)';
  const options = machine(
    `P=$(echo "$*" | sed 's/.*tcp:127.0.0.1:\\([0-9]*\\)-.*/\\1/') exec "${process.execPath}" -e '${server}'`,
  );
  const { timings, ports } = await bootTest({
    ...options,
    publish: ['0:80'],
    http: [{ port: 80, path: '/x', body: 'hello /x' }],
  });
  expect(timings).toEqual([{ what: `http://127.0.0.1:${ports[0].host}/x`, seconds: expect.any(Number) }]);
});

const LOST_TIMER = "Kernel panic - not syncing: IO-APIC + timer doesn't work!  Boot with apic=debug";

test('a machine that lost timer interrupts is started again', async () => {
  const starts = join(folder.path, 'starts');
  const options = machine(
    `echo x >>${starts}; if [ $(wc -l <${starts}) -lt 3 ]; then echo "${LOST_TIMER}"; else echo up; fi; exec sleep 60`,
  );
  const lines: string[] = [];
  const { console } = await bootTest({ ...options, expect: ['up'], onLine: (line) => lines.push(line) });
  expect(console).toBe('up\n');
  expect(lines.filter((line) => line.includes('starting it again'))).toHaveLength(2);
});

test('a machine is started three times at most, and once after any other panic', async () => {
  const starts = join(folder.path, 'starts');
  const count = () => readFileSync(starts, 'utf8').split('\n').length - 1;
  const fails = (says: string) =>
    bootTest({ ...machine(`echo x >>${starts}; echo "${says}"; exec sleep 60`), expect: ['up'] });
  await expect(fails(LOST_TIMER)).rejects.toThrow('timer');
  expect(count()).toBe(3);
  await expect(fails('Kernel panic - not syncing: no init')).rejects.toThrow('no init');
  expect(count()).toBe(4);
});

test('a power-off can be part of what is expected', async () => {
  const { timings } = await bootTest({ ...machine('echo bye'), expect: ['bye'], powerOff: true });
  expect(timings.map(({ what }) => what)).toEqual(['"bye"', 'power-off']);
});

const LONG = 'i=0; while [ $i -lt 60 ]; do i=$((i+1)); echo "line $i"; done';

test.each([
  ['boot-failed', 'echo "Initramfs unpacking failed: write error"; echo ok; exec sleep 60', 'write error'],
  ['boot-failed', 'echo "Kernel panic - not syncing: no init"; exec sleep 60', 'no init'],
  ['boot-failed', 'echo "out of luck"; exec sleep 60', 'out of luck'],
  ['guest-ended', 'echo starting', 'ended before "ok"'],
  ['qemu-failed', 'echo "port in use" >&2; exit 1', 'port in use'],
] as const)('%s: %s', async (code, script, message) => {
  const failed = bootTest({ ...machine(script), expect: ['ok', 'more'], failOn: ['out of luck'] });
  await expect(failed).rejects.toMatchObject({ code, message: expect.stringContaining(message) });
});

test('a timeout names what is missing, shows the last 40 lines, and writes the whole console', async () => {
  const consoleLog = join(folder.path, 'log', 'console.log');
  const options = { ...machine(`${LONG}; exec sleep 60`), timeout: 1, consoleLog };
  const error = await bootTest({ ...options, expect: ['line 60', 'never'] }).catch((reason: Error) => reason);
  expect(error).toMatchObject({
    code: 'boot-timeout',
    message: expect.stringContaining('no "never" within 1 s'),
  });
  const shown = (error as Error).message.split('\n').filter((line) => line.startsWith('line '));
  expect(shown).toHaveLength(40);
  expect(shown[0]).toBe('line 21');
  expect(readFileSync(consoleLog, 'utf8')).toContain('line 1\n');
});

test('a machine that ignores SIGTERM is ended by SIGKILL', async () => {
  const running = await boot({
    ...machine('trap "" TERM; echo on; while :; do sleep 1; done'),
  });
  await new Promise((resolve) => running.output.once('data', resolve));
  expect(await running.stop()).toMatchObject({ signal: 'SIGKILL' });
  expect(isRunning(running.pid)).toBe(false);
});

test('a temporary state folder is removed afterwards, a given one stays', async () => {
  const state = join(folder.path, 'state');
  await bootTest({ ...machine('exit 0'), disks: ['size=1M'], state, powerOff: true });
  expect(existsSync(join(state, 'disk0.img'))).toBe(true);
  const running = await boot({ ...machine('echo "$*"'), disks: ['size=1M'] });
  const disk = /file=(\S+disk0\.img)/.exec(running.argv.join(' '))?.[1] as string;
  running.output.resume();
  await running.exited;
  expect(existsSync(disk)).toBe(false);
});

test('the error of a bad regular expression shows it as it is written', async () => {
  const failed = bootTest({ ...machine('exec sleep 60'), failOn: [{ regex: 'BUG(' }] });
  await expect(failed).rejects.toMatchObject({
    code: 'invalid-option',
    message: 'expected a regular expression, got {"regex":"BUG("}',
  });
});

test.each([
  ['nothing to boot', { medium: { kind: 'kernel', kernel: '/none' } }, 'medium-missing'],
  ['a bad regular expression', { expect: [{ regex: '(' }] }, 'invalid-option'],
  ['an unpublished port', { http: [{ port: 80 }] }, 'invalid-option'],
  ['a program that does not exist', { qemu: '/none/qemu' }, 'qemu-failed'],
] as const)('%s is refused before anything runs', async (_name, options, code) => {
  await expect(bootTest({ ...machine('exec sleep 60'), ...options })).rejects.toMatchObject({ code });
});
