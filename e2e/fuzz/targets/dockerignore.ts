import { readIgnore } from '@nx-linuxkit/dockerfile';
import { mutateText } from '../mutate-text.js';
import type { Target } from '../target.js';

const SEEDS = [
  '# comment\n*.md\n!README.md\n**/node_modules\ndocs/**/*.txt\n',
  '*\n!src\n!package.json\nsrc/*.test.ts\n/dist/\n',
  'a?b\n[a-c]*\n{x,y}\na+b (copy).txt\n\\!literal\n',
];
/** Folders and what is in them. */
const PATHS = [
  ...['a', 'README.md', 'docs', 'docs/a.md', 'docs/deep', 'docs/deep/b.txt', 'src', 'src/a.ts', 'src/deep'],
  ...['src/deep/a.test.ts', 'node_modules', 'node_modules/x', 'dist', 'dist/a', 'axb', 'a+b (copy).txt', 'é'],
];

/** A .dockerignore, and what it leaves out. */
export const dockerignore: Target = {
  name: 'dockerignore',
  sample: 4_000,
  faults: { DockerfileError: ['bad-dockerfile'] },
  seeds: async () => SEEDS.map((text) => Buffer.from(text)),
  mutate: mutateText,
  read(input) {
    const text = input.toString('utf8');
    const ignores = readIgnore(text, '.dockerignore');
    const left = PATHS.filter((path) => ignores.ignores(path));
    const again = readIgnore(`# more\n\n${text}\n\n  \n`, '.dockerignore');
    if (left.join('\n') !== PATHS.filter((path) => again.ignores(path)).join('\n'))
      throw new Error('comments and empty lines change what is left out');
    // A folder that is left out is not looked into where no pattern takes something in again. Docker tells parts of a path
    // apart by each slash of the pattern, also by one in brackets.
    if (ignores.hasExceptions || /\[[^\]]*\//.test(text)) return;
    const isInside = (path: string) => left.some((above) => path.startsWith(`${above}/`));
    const lost = PATHS.filter((path) => isInside(path) && !left.includes(path));
    if (lost.length > 0) throw new Error(`${lost.join(', ')} is in a folder that is left out, and is not`);
  },
};
