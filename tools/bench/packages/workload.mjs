// Thirty packages from Dockerfiles, in chains of three: each is built on the one before it.
import { createHash } from 'node:crypto';

const CHAINS = 10;
const LENGTH = 3;
/** Bytes of a package's own file: a small program. */
const SIZE = 200_000;

export const PACKAGES = CHAINS * LENGTH;

/** The files of the workspace, by path. */
export function packageFiles() {
  return Object.fromEntries(
    Array.from({ length: CHAINS }, (_, chain) => chainFiles(chain)).flatMap(Object.entries),
  );
}

function chainFiles(chain) {
  const files = {};
  for (let at = 0; at < LENGTH; at += 1) {
    const name = nameOf(chain, at);
    const from = at === 0 ? 'scratch' : `acme/${nameOf(chain, at - 1)}:any`;
    files[`pkg/${name}/build.yml`] = `image: ${name}\norg: acme\n`;
    files[`pkg/${name}/Dockerfile`] = `FROM ${from}\nCOPY file /usr/bin/${name}\nENV AT=${at}\n`;
    files[`pkg/${name}/file`] = content(name);
  }
  return files;
}

/** The file of a chain's first package with other bytes: the package changes, and the two that stand on it. */
export function firstOfChain(chain, serial) {
  const name = nameOf(chain % CHAINS, 0);
  return { [`pkg/${name}/file`]: content(`${name} ${serial}`) };
}

function nameOf(chain, at) {
  return `chain-${chain}-${at}`;
}

/** Hexadecimal digits, which compress to a little more than half. */
function content(seed) {
  const parts = [];
  for (let i = 0; i * 64 < SIZE; i += 1)
    parts.push(createHash('sha256').update(`${seed} ${i}`).digest('hex'));
  return parts.join('').slice(0, SIZE);
}
