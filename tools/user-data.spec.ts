import { spawnSync } from 'node:child_process';
import { join } from 'node:path';

/** The program that prints the user data of clusters' members: docs/guide/clusters.md. */
const PROGRAM = join(__dirname, '../examples/user-data.mjs');
const TOKEN = 'abcdef.0123456789abcdef';
const run = (...words: string[]) => spawnSync(process.execPath, [PROGRAM, ...words], { encoding: 'utf8' });
const dataOf = (...words: string[]) => JSON.parse(run(...words).stdout) as Record<string, never>;

test('a member of etcd has all peers, and its address on the card that is named', () => {
  const data = dataOf('etcd', '--me=b', '--device=eth1', 'a=10.0.0.1', 'b=10.0.0.2') as unknown as {
    network: { entries: { addresses: { content: string } } };
    etcd: { entries: { 'etcd.yml': { content: string } } };
  };
  expect(data.network.entries.addresses.content).toBe(
    'link set eth1 up\naddr replace 10.0.0.2/24 dev eth1\n',
  );
  const settings = data.etcd.entries['etcd.yml'].content;
  expect(settings).toContain('initial-cluster: a=http://10.0.0.1:2380,b=http://10.0.0.2:2380\n');
  expect(settings).toContain('initial-advertise-peer-urls: http://10.0.0.2:2380\n');
});

test('an address of IPv6 stands in brackets in URLs, and names do as addresses', () => {
  const text = JSON.stringify(dataOf('etcd', '--me=a', 'a=fd00::1', 'b=etcd-b.example'));
  expect(text).toContain('initial-cluster: a=http://[fd00::1]:2380,b=http://etcd-b.example:2380');
  const node = JSON.stringify(dataOf('kubernetes', '--me=b', `--token=${TOKEN}`, 'a=fd00::1', 'b=fd00::2'));
  expect(node).toContain('apiServerEndpoint: [fd00::1]:6443');
});

test.each([
  [[], 'expected etcd or docker or kubernetes'],
  [['etcd', '--me=a', 'a'], 'members as name=address'],
  [['etcd', '--me=a', 'a=10.0.0.1', 'b='], 'members as name=address'],
  [['etcd', '--me=c', 'a=10.0.0.1'], 'members as name=address'],
  [['etcd', '--me=a', 'a=x\ny: z'], 'members as name=address'],
  [['etcd', '--mee=a', 'a=10.0.0.1'], "Unknown option '--mee'"],
  [['etcd', '--me=a', '--device=eth1', 'a=host'], '--device needs an address, got host'],
  [['etcd', '--me=a', '--prefix=wide', 'a=10.0.0.1'], '--prefix needs a number of bits, got wide'],
  [['kubernetes', '--me=a', '--token=short', 'a=10.0.0.1'], 'kubernetes needs --token='],
])('%j is refused with one line', (words, says) => {
  const { status, stdout, stderr } = run(...words);
  expect([status, stdout]).toEqual([1, '']);
  expect(stderr).toContain(says);
  expect(stderr).not.toMatch(/^ {4}at |short/m);
});
