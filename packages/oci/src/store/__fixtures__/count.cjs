// Adds to the number in a file, in turns: node count.cjs <dist of oci> <folder> <times> [hang]. With `hang` it prints a line
// in its first turn and keeps it, so that its parent can kill it.
const { readFileSync, writeFileSync } = require('node:fs');
const { dirname, join } = require('node:path');
const [, , dist, folder, times, mode] = process.argv;
const { exclusively } = require(join(dirname(dist), 'store/exclusive.js'));
const file = join(folder, 'count');

async function turn() {
  const count = Number(readFileSync(file, 'utf8'));
  if (mode === 'hang') {
    console.log('hanging');
    await new Promise((resolve) => setTimeout(resolve, 60_000));
  }
  // Another process that had the turn too would read the same number meanwhile.
  await new Promise((resolve) => setTimeout(resolve, 2));
  writeFileSync(file, String(count + 1));
}

async function main() {
  for (let i = 0; i < Number(times); i++) await exclusively(join(folder, 'lock'), turn);
  console.log('done');
}

void main();
