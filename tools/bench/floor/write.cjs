const { closeSync, mkdirSync, openSync, writeSync } = require('node:fs');
const { dirname, join } = require('node:path');
const { randomFillSync } = require('node:crypto');

/** Not zeros, which a file system or a compressor could make cheap. */
const BLOCK = randomFillSync(Buffer.allocUnsafe(1 << 20));

module.exports.writeFiles = (root, files) => {
  for (const { path, size } of files) {
    const target = join(root, path);
    mkdirSync(dirname(target), { recursive: true });
    const file = openSync(target, 'w');
    for (let at = 0; at < size; at += BLOCK.length)
      writeSync(file, BLOCK, 0, Math.min(BLOCK.length, size - at));
    closeSync(file);
  }
};
