import { spawn } from 'node:child_process';
import { join } from 'node:path';
import { freePort, randomImage, startMemoryRegistry, type MemoryRegistry } from '@nx-linuxkit/testing';
import { IMAGE_MISTAKES, NOWHERE, REGISTRY } from './mistakes/images.js';
import { MACHINE_MISTAKES } from './mistakes/machine.js';
import type { Mistake } from './mistakes/mistake.js';
import { YAML_MISTAKES } from './mistakes/yaml.js';

/** Typical mistakes, and the exact lines that a person gets: what, with what, where, and what to do. */
const MISTAKES: readonly Mistake[] = [...YAML_MISTAKES, ...IMAGE_MISTAKES, ...MACHINE_MISTAKES];

let registry: MemoryRegistry;
let said: string[];

beforeAll(async () => {
  registry = await startMemoryRegistry();
  registry.add(
    'kernel',
    '1',
    await randomImage(1, { layers: [{ entries: [{ name: 'kernel', body: 'kernel' }] }] }),
  );
  const hosts: [string, string][] = [
    [REGISTRY, registry.host],
    [NOWHERE, `127.0.0.1:${await freePort()}`],
  ];
  const replaced = (text: string, from: 0 | 1) =>
    hosts.reduce((all, host) => all.replaceAll(host[from], host[1 - from]), text);
  const answer = await saidFor(replaced(JSON.stringify(MISTAKES), 0));
  said = JSON.parse(replaced(answer, 1)) as string[];
});
afterAll(() => registry?.stop());

function saidFor(mistakes: string): Promise<string> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, [join(__dirname, 'mistakes/said.cjs')], {
      env: { ...process.env, CI: '', NO_COLOR: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    let answer = '';
    child.stdout.setEncoding('utf8').on('data', (text: string) => (answer += text));
    child.once('close', (code) => (code === 0 ? resolve(answer) : reject(new Error(`ended with ${code}`))));
    child.stdin.end(mistakes);
  });
}

test('there are at least 60', () => expect(MISTAKES.length).toBeGreaterThanOrEqual(60));

test.each(MISTAKES.map(({ did, says }, index) => ({ did, says, index })))(
  'a person who $did',
  ({ says, index }) => expect(said[index]).toBe(says),
);
