import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { NODES } from './package-managers/fresh-workspace.js';
import { installedTool } from './workspace/installed-tool.js';

/** Machines of one fleet run several versions of Node, and what one has compressed the others have to get again. */
const DEFLATE = join(__dirname, '../packages/deflate');
/** Bytes of a large program that is on every machine: Node itself. */
const SIZE = 12 << 20;
const SCRIPT = `
const { createHash } = require('node:crypto');
const { createReadStream } = require('node:fs');
const { compress } = require(${JSON.stringify(DEFLATE)});
const { compressorId } = require(${JSON.stringify(join(DEFLATE, 'dist/compressor.js'))});
void (async () => {
  const result = { id: compressorId() };
  for (const level of [1, 6, 9]) {
    const hash = createHash('sha256');
    const plain = createReadStream(process.argv[1], { start: 20e6, end: 20e6 + ${SIZE} - 1 });
    for await (const part of compress(plain, { level })) hash.update(part);
    result[level] = hash.digest('hex');
  }
  console.log(process.version, JSON.stringify(result));
})();
`;
/** What a version of Node writes, in the last word, after its own version. */
const written = (node: string) =>
  execFileSync(node, ['-e', SCRIPT, process.execPath], { encoding: 'utf8' }).trim().split(' ');

it.each(Object.values(NODES))(
  'Node %s compresses to the same bytes as the one that runs the tests',
  async (version) => {
    const tool = await installedTool({ name: `node-linux-${process.arch}`, version });
    const [name, bytes] = written(join(tool, 'bin/node'));
    expect(name).toBe(`v${version}`);
    expect(bytes).toBe(written(process.execPath)[1]);
    expect(JSON.parse(bytes)).toMatchObject({ id: '' });
  },
);
