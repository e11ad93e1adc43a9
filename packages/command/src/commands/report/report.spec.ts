import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { call, type Called } from '../../__tests__/call.js';

let folder: string;
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'nx-linuxkit-report-'))));
afterEach(() => rmSync(folder, { recursive: true }));

const yaml = (text: string) =>
  writeFileSync(join(folder, 'os.yml'), `files: [{path: etc/note, contents: '${text}', mode: '0644'}]\n`);
const report = (command: string, ...flags: string[]): Promise<Called> =>
  call(folder, [command, '--arch', 'amd64', ...flags, 'os.yml']);
const build = () => report('build', '--format', 'kernel+initrd');
const jsonOf = async (command: string, ...flags: string[]) => {
  const { code, log, stdout } = await report(command, '--json', ...flags);
  expect({ code, log }).toMatchObject({ code: 0 });
  return JSON.parse(stdout);
};

describe('size', () => {
  it('prints what the system is made of, as lines and as JSON, and what has changed since a file', async () => {
    yaml('one');
    const lines = await report('size');
    expect(lines.stdout).toMatch(/^os for linux\/amd64: initrd [\d.]+ k?B, /);
    const size = await jsonOf('size');
    expect(size.files).toContainEqual(
      expect.objectContaining({ path: 'etc/note', size: 3, image: 'os.yml' }),
    );
    writeFileSync(join(folder, 'size.json'), JSON.stringify(size));
    yaml('longer');
    const { changes } = await jsonOf('size', '--since', 'size.json');
    expect(changes.files).toContainEqual({ name: 'etc/note', before: 3, after: 6 });
  });

  it('fails where the budget is exceeded, after it has printed the sizes', async () => {
    yaml('one');
    const { code, log, stdout } = await report('size', '--json', '--budget', '1B');
    expect(code).toBe(1);
    expect(log).toContain('expected at most 1:');
    expect(JSON.parse(stdout).system).toBe('os');
  });

  it.each([
    [['--since', 'gone.json'], 'cannot read gone.json'],
    [['--budget', 'much'], 'cannot read budget "much"'],
  ])('%j is refused', async (flags, message) => {
    yaml('one');
    expect(await report('size', ...flags)).toMatchObject({ code: 1, log: expect.stringContaining(message) });
  });
});

describe('why', () => {
  it('names what had changed between the last two builds', async () => {
    yaml('one');
    await build();
    yaml('two');
    await build();
    const { changes } = await jsonOf('why');
    expect(changes).toEqual([
      expect.objectContaining({ place: 'files/etc/note', name: 'contents', change: 'changed' }),
    ]);
    expect((await report('why')).stdout).toMatch(/^ {2}files\/etc\/note: contents changed -> /m);
  });

  it('says how to build a system that was never built', async () => {
    yaml('one');
    const { code, log } = await report('why');
    expect(code).toBe(1);
    expect(log).toContain('nx-linuxkit build os.yml');
  });
});

describe('diff', () => {
  it('compares with a folder of formats, and with a commit that has no lock', async () => {
    const git = (...args: string[]) => execFileSync('git', args, { cwd: folder, stdio: 'ignore' });
    yaml('one');
    writeFileSync(join(folder, '.gitignore'), 'cache\n');
    git('init');
    git('add', '.');
    git('-c', 'user.name=x', '-c', 'user.email=x@example.org', 'commit', '-m', 'one');
    await report('build', '--format', 'kernel+initrd', '--dir', 'before');
    yaml('two');
    for (const other of ['before', 'HEAD']) {
      const { files, images } = await jsonOf('diff', '--with', other, '--no-sbom');
      expect(files).toContainEqual(expect.objectContaining({ path: 'etc/note', change: 'changed' }));
      expect(images === undefined).toBe(other === 'before');
    }
    expect((await report('diff', '--with', 'HEAD')).stdout).toContain('-one\n');
    expect(readFileSync(join(folder, 'os.yml'), 'utf8')).toContain('two');
  });

  it('needs to know with what, and says it', async () => {
    yaml('one');
    expect(await report('diff')).toMatchObject({
      code: 1,
      log: expect.stringContaining('diff needs --with'),
    });
    expect(await report('diff', '--with', 'nowhere')).toMatchObject({
      ...{ code: 1, log: expect.stringContaining('"nowhere" is no folder, no git ref') },
    });
  });
});

it.each(['size', 'why', 'diff'])('%s without a file says how it is called', async (command) => {
  const { code, log } = await call(folder, [command, ...(command === 'diff' ? ['--with', 'x'] : [])]);
  expect(code).toBe(1);
  expect(log).toContain(`${command} needs the path of a YAML file`);
});
