import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** Rules of the scripts `update` and `bless` that need neither a registry nor a machine. */
const FILES = join(__dirname, 'update/files');
const BLESS = join(__dirname, 'bless/files/bless');

let root: string;
beforeEach(() => (root = mkdtempSync(join(tmpdir(), 'update-spec-'))));
afterEach(() => rmSync(root, { recursive: true, force: true }));

/** Runs lines of the shell. */
function shell(lines: string): { status: number | null; output: string } {
  const { status, stdout, stderr } = spawnSync('sh', ['-c', lines], { cwd: root, encoding: 'utf8' });
  return { status, output: stdout + stderr };
}

const part = (name: string) => `. '${join(FILES, 'lib', `${name}.sh`)}'`;
const REFUSE = 'refuse() { echo "refused: $1"; exit 1; }';

describe('the free slot', () => {
  /** The slot that an update is written to while `running` is the root's hash and the trees have these. */
  const freeSlot = (running: string, a: string, b: string) =>
    shell(`${part('slots')}
${REFUSE}
sed() { echo ${running}; }
jq() { echo new; }
partition() { echo $1; }
tree_hash() { case $1 in verity-a) echo ${a} ;; verity-b) echo ${b} ;; esac; }
write_part() { echo "$1 from $2 to $3"; }
write_root`);

  test('is the one whose tree has another hash than the root that runs', () => {
    expect(freeSlot('one', 'one', 'two').output).toBe(
      'root from root-a to root-b\ntree from verity-a to verity-b\n',
    );
    expect(freeSlot('two', 'one', 'two').output).toBe(
      'root from root-b to root-a\ntree from verity-b to verity-a\n',
    );
  });

  test('is none of them when the tree of the running one cannot be read', () => {
    const refused = { status: 1, output: 'refused: no slot has the root that runs\n' };
    expect(freeSlot('one', 'unreadable', 'two')).toEqual(refused);
    expect(freeSlot('', 'one', 'two')).toEqual(refused);
  });
});

describe('a look that finds version 2', () => {
  const VERSION = 'os_2-0123456789ab';
  const linux = () => join(root, 'esp/EFI/Linux');

  /** Runs the script's look, where all but the files of the loader's partition is a stand-in. */
  function look(lines: string) {
    const script = readFileSync(join(FILES, 'update'), 'utf8');
    const begin = script.indexOf('\nrelease() {');
    const end = script.indexOf('\nfirst=');
    expect(begin).toBeGreaterThan(0);
    expect(end).toBeGreaterThan(begin);
    return shell(`${part('slots')}
${REFUSE}
say() { echo "$1"; }
sync() { :; }
mount() { :; }
umount() { :; }
read_reference() { layout=; }
read_credentials() { :; }
get() { :; }
digest_of() { :; }
check_signature() { :; }
blob() { :; }
layer() { echo sha256:00 3; }
newer() { :; }
esp() { echo vda1; }
write() { cp ${join(root, 'new')} "$5"; }
jq() { case $2 in .fileName) echo ${VERSION}.efi ;; .version) echo 2 ;; *) echo null ;; esac; }
efi_variable() { case $1 in LoaderEntrySelected) echo os_1-ba9876543210.efi ;; esac; }
start_again() { echo again; }
WORK=${root}/work TRIES=3 downgrade= reboot=
${script.slice(begin, end).replaceAll('/esp/', `${root}/esp/`)}
${lines}
look registry.example/os:stable`);
  }
  beforeEach(() => {
    mkdirSync(linux(), { recursive: true });
    writeFileSync(join(root, 'new'), 'two');
    writeFileSync(join(linux(), 'os_1-ba9876543210.efi'), 'one');
    writeFileSync(join(linux(), 'os_0-aaaaaaaaaaaa.efi'), 'zero');
  });

  test('gives it three tries beside the running one', () => {
    const { status, output } = look('');
    expect([status, output]).toEqual([0, expect.stringMatching(/version 2 has 3 tries.*\nagain\n$/)]);
    expect(readdirSync(linux()).sort()).toEqual(['os_1-ba9876543210.efi', `${VERSION}+3.efi`]);
    expect(readFileSync(join(linux(), `${VERSION}+3.efi`), 'utf8')).toBe('two');
  });

  test('writes nothing again while it waits for a start of the machine', () => {
    writeFileSync(join(linux(), `${VERSION}+3.efi`), 'two');
    expect(look('write() { echo written; }')).toEqual({
      status: 0,
      output: 'update: version 2 waits for the next start of the machine\n',
    });
    expect(look('reboot=1').output).toMatch(/version 2 has 3 tries.*\nagain\n$/);
  });

  test('starts no machine again when the name cannot be given', () => {
    expect(look('mv() { return 1; }')).toEqual({
      status: 1,
      output: expect.stringMatching(/refused: the loader partition takes no new name\n$/),
    });
    expect(readdirSync(linux())).toEqual(['os_1-ba9876543210.efi']);
  });
});

test('a registry gets no credentials of another one whose name its own matches as a pattern', () => {
  writeFileSync(join(root, 'login'), 'registry-example a:b\nregistry.example c:d\n[::1]:5000 e:f\n');
  const user = (registry: string) =>
    shell(`${part('registry')}
HOST= layout= first= credentials=${root}/login registry='${registry}'
read_credentials
printf %s "$user"`).output;
  expect(['registry.example', '[::1]:5000', 'registry-example', 'x.example'].map(user)).toEqual([
    'c:d',
    'e:f',
    'a:b',
    '',
  ]);
});

describe('an index on a stick', () => {
  const DIGEST = 'a'.repeat(64);
  const asked = () =>
    shell(`${part('registry')}
${part('layout')}
jq() { echo sha256:${DIGEST}; : >${root}/read; }
WORK=${root} DOCUMENT=1000 layout=${root}/layout limit=1000 range=
ask_disk manifests/stable ${root}/manifest
echo $status`).output;
  beforeEach(() => mkdirSync(join(root, 'layout/blobs/sha256'), { recursive: true }));

  test('is read', () => {
    writeFileSync(join(root, 'layout/index.json'), '{}');
    writeFileSync(join(root, 'layout/blobs/sha256', DIGEST), 'the manifest');
    expect(asked()).toBe('200\n');
    expect(readFileSync(join(root, 'manifest'), 'utf8')).toBe('the manifest');
  });

  test.each([
    ['a pipe', 'mkfifo layout/index.json'],
    ['a link', 'ln -s /dev/zero layout/index.json'],
    ['larger than a manifest may be', 'head -c 1001 /dev/zero >layout/index.json'],
    ['not there', ':'],
  ])('that is %s is not read', (_, make) => {
    shell(make);
    expect(asked()).toBe('404\n');
    expect(readdirSync(root)).not.toContain('read');
  });
});

describe('numbers', () => {
  test.each(['', '0', '1h', '-1', 'often'])('update refuses -every %j', (every) => {
    const script = readFileSync(join(FILES, 'update'), 'utf8').replace(
      '/usr/lib/update/$part.sh',
      `"${FILES}/lib/$part.sh"`,
    );
    writeFileSync(join(root, 'update'), script);
    const { status, output } = shell(`sh ./update -every '${every}' registry.example/os:stable`);
    expect([status, output]).toEqual([2, expect.stringMatching(/^usage: update /)]);
  });

  test.each(['', '2m', '-1', 'long'])('bless refuses -limit %j', (limit) => {
    const { status, output } = shell(`sh '${BLESS}' -limit '${limit}'`);
    expect([status, output]).toEqual([2, expect.stringMatching(/^usage: bless /)]);
  });
});
