// Checks packed packages as their users and their editors would read them: `node lint.mjs <tarball>…` prints one line
// for each fault that publint or "are the types wrong" finds.
import { readFileSync } from 'node:fs';
import { basename } from 'node:path';
import { checkPackage, createPackageFromTarballData } from '@arethetypeswrong/core';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';

/** The packages export subpaths, which resolvers from before Node 12 do not know. */
const IGNORED_RESOLUTIONS = ['node10'];

for (const tarball of process.argv.slice(2)) {
  const bytes = readFileSync(tarball);
  const faults = [...(await publintFaults(bytes)), ...(await typeFaults(bytes))];
  for (const fault of faults) console.log(`${basename(tarball)}: ${fault}`);
}

async function publintFaults(bytes) {
  const tarball = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.length);
  const { messages, pkg } = await publint({ pack: { tarball }, strict: true });
  return messages.map((message) => formatMessage(message, pkg, { color: false }));
}

async function typeFaults(bytes) {
  const analysis = await checkPackage(createPackageFromTarballData(new Uint8Array(bytes)));
  // A package of data has no types to be wrong.
  if (!analysis.types) return [];
  return analysis.problems
    .filter(({ resolutionKind }) => !IGNORED_RESOLUTIONS.includes(resolutionKind))
    .map(({ kind, ...place }) => `${kind} ${JSON.stringify(place)}`);
}
