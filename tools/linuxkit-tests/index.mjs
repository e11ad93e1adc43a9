// Runs LinuxKit's own test cases against the base set, from a checkout of LinuxKit:
//
//   node tools/linuxkit-tests/index.mjs --checkout=../linuxkit [--only=TEXT] [--limit=SECONDS] [--list] [--keep]
//
// It prints for each case pass, fail or cannot with the reason, and the counts for each folder of cases. Its status is 1 if a
// case fails.
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { copyCases, filesBelow } from './copy-cases.mjs';
import { reasonAgainst } from './judge.mjs';
import { caseName, runCase } from './run-case.mjs';

const here = dirname(fileURLToPath(import.meta.url));
const BASE_SET = join(here, '../../images');
/** Seconds: a boot without acceleration on a busy machine takes minutes. */
const LIMIT = 600;

const option = (name) => process.argv.find((word) => word.startsWith(`--${name}=`))?.slice(name.length + 3);

async function main() {
  const checkout = option('checkout');
  if (!checkout) throw new Error('expected --checkout=FOLDER, a checkout of LinuxKit');
  const work = mkdtempSync(join(tmpdir(), 'linuxkit-tests-'));
  if (!process.argv.includes('--keep'))
    process.on('exit', () => rmSync(work, { recursive: true, force: true }));
  const cases = copyCases(resolve(checkout), work, BASE_SET);
  const programs = programsIn(work);
  const limit = Number(option('limit') ?? LIMIT);
  const only = option('only') ?? '';
  const isList = process.argv.includes('--list');
  const counts = new Map();
  for (const script of filesBelow(cases).filter((path) => path.endsWith('/test.sh'))) {
    const name = caseName(script, cases);
    if (!name.includes(only)) continue;
    const against = reasonAgainst(dirname(script), join(work, 'examples'));
    const result = against
      ? { verdict: 'cannot', reason: against }
      : isList
        ? { verdict: 'can' }
        : await runCase(dirname(script), { cases, programs, limit });
    report(name, result);
    count(counts, name.split('/')[0], result.verdict);
  }
  printCounts(counts);
}

/** A folder for the PATH that has `linuxkit`. */
function programsIn(work) {
  const programs = join(work, 'bin');
  mkdirSync(programs);
  chmodSync(join(here, 'linuxkit.mjs'), 0o755);
  symlinkSync(join(here, 'linuxkit.mjs'), join(programs, 'linuxkit'));
  return programs;
}

function report(name, { verdict, reason, output }) {
  console.log(`${verdict.padEnd(6)} ${name}${reason ? `: ${reason}` : ''}`);
  if (output === undefined) return;
  process.exitCode = 1;
  for (const line of output.trimEnd().split('\n').slice(-12)) console.log(`       | ${line}`);
}

function count(counts, folder, verdict) {
  const all = counts.get(folder) ?? { can: 0, pass: 0, fail: 0, cannot: 0 };
  counts.set(folder, { ...all, [verdict]: all[verdict] + 1 });
}

function printCounts(counts) {
  const [first] = [...counts.values()];
  const verdicts = Object.keys(first ?? {}).filter((verdict) =>
    [...counts.values()].some((all) => all[verdict]),
  );
  console.log(
    `\n| folder | cases | ${verdicts.join(' | ')} |\n| --- | --- |${' --- |'.repeat(verdicts.length)}`,
  );
  for (const [folder, all] of counts) {
    const cases = Object.values(all).reduce((sum, number) => sum + number, 0);
    console.log(`| ${folder} | ${cases} | ${verdicts.map((verdict) => all[verdict]).join(' | ')} |`);
  }
}

main().catch((error) => {
  console.error(`error: ${error.message}`);
  process.exitCode = 2;
});
