// Bundles what inference loads into dist/inference/bundle.js, and lets the plugin load that: each nx command without a daemon
// infers in a new process, and Node takes longer to find 180 modules than to run them.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build } from 'esbuild';

const home = dirname(fileURLToPath(import.meta.url));
/** What loads inference when it is needed. */
const LOADER = join(home, 'dist/inference/create-nodes.js');
/** In the folder of the module that it replaces, as code looks for files beside itself. */
const BUNDLE = 'dist/inference/bundle.js';
const { dependencies, peerDependencies } = JSON.parse(readFileSync(join(home, 'package.json'), 'utf8'));

/** Packages that users install with the plugin stay outside, but for our own. */
const external = Object.keys({ ...dependencies, ...peerDependencies }).filter(
  (name) => !name.startsWith('@nx-linuxkit/'),
);

const { metafile } = await build({
  absWorkingDir: home,
  entryPoints: ['dist/inference/infer-nodes.js'],
  outfile: BUNDLE,
  bundle: true,
  metafile: true,
  platform: 'node',
  target: 'node20.19',
  format: 'cjs',
  external: external.flatMap((name) => [name, `${name}/*`]),
  legalComments: 'none',
  logLevel: 'error',
});
writeLicences(Object.keys(metafile.inputs));
loadBundle();

/** Licences ask that their text stays with the code. */
function writeLicences(inputs) {
  const folders = inputs.flatMap((file) => /^.*node_modules\/(?:@[^/]+\/)?[^/]+(?=\/)/.exec(file) ?? []);
  const texts = [...new Set(folders)].sort().map((folder) => {
    const { name, version } = JSON.parse(readFileSync(join(home, folder, 'package.json'), 'utf8'));
    return `${name} ${version}\n\n${licenceIn(join(home, folder))}\n`;
  });
  writeFileSync(join(home, `${BUNDLE}.LICENSES.txt`), texts.join(`\n${'-'.repeat(80)}\n\n`));
}

function licenceIn(folder) {
  for (const name of ['LICENSE', 'LICENSE.md', 'LICENSE.txt', 'License.txt', 'LICENCE']) {
    try {
      return readFileSync(join(folder, name), 'utf8').trim();
    } catch {
      // The next name may be there.
    }
  }
  throw new Error(`there is no licence in ${folder}`);
}

function loadBundle() {
  const text = readFileSync(LOADER, 'utf8');
  const loads = text.replace("require('./infer-nodes.js')", "require('./bundle.js')");
  if (!loads.includes("require('./bundle.js')")) throw new Error(`${LOADER} loads no inference`);
  if (loads !== text) writeFileSync(LOADER, loads);
}
