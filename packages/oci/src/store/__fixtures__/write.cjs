// Writes one blob: node write.cjs <dist of oci> <store> <mebibytes> [hang]. With `hang` it prints a line and waits
// before the last mebibyte, so that its parent can kill it.
const { createHash } = require('node:crypto');
const [, , dist, dir, mebibytes, mode] = process.argv;
const { Store } = require(dist);
const chunk = Buffer.alloc(1 << 20, 'x');
const size = Number(mebibytes) << 20;

const hash = createHash('sha256');
for (let i = 0; i < mebibytes; i++) hash.update(chunk);
const digest = `sha256:${hash.digest('hex')}`;

async function* bytes() {
  for (let i = 0; i < mebibytes; i++) {
    if (mode === 'hang' && i === mebibytes - 1) {
      console.log(`hanging ${digest}`);
      await new Promise((resolve) => setTimeout(resolve, 60_000));
    }
    yield chunk;
  }
}

Store.open(dir)
  .write({ digest, size }, bytes())
  .then(
    () => console.log(`written ${digest}`),
    (error) => console.log(`${error.code} ${error.message}`),
  );
