// The result for people: on the terminal, and as docs/performance.md with its plot.
import { readFileSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { formatsSection } from './formats/report.mjs';
import { plot } from './plot.mjs';
import { aligned } from './table.mjs';
import { judge, megabytes, seconds } from './targets.mjs';

/** Written by hand: what profiles showed, and what was done about it. */
const LEVERS = join(dirname(fileURLToPath(import.meta.url)), 'levers.md');

export function printResult(result) {
  const tables = [scenarioTable(result), targetTable(result), result.formats && formatTable(result)];
  for (const table of tables.filter(Boolean)) console.log(`\n${aligned(table)}`);
}

export function writeDocument(result, docs) {
  writeFileSync(join(docs, 'performance.svg'), plot(result));
  writeFileSync(join(docs, 'performance.md'), document(result));
}

function document(result) {
  return `${[
    '# Performance',
    '<!-- Made by `npm run bench` and `npm run bench -- formats` from tools/bench/results and tools/bench/levers.md. -->',
    introduction(result),
    '![Seconds of each scenario beside its floor](performance.svg)',
    '## Builds',
    aligned(scenarioTable(result)),
    'Tasks: those that ran, `build` among them. Memory: of the largest process. Written: bytes that all processes wrote, in the page cache or on disk; Nx copies every output into its cache. Cache: Nx’s own, after one cold build ' +
      `${megabytes(result.afterCold.cache)}; the store then holds ${megabytes(result.afterCold.store)}.`,
    '## Against the targets',
    aligned(targetTable(result)),
    ...(result.linuxkit
      ? ['## Against LinuxKit', linuxkitText(result), aligned(linuxkitTable(result))]
      : ['`linuxkit` was not installed on this machine: that comparison was not made.']),
    ...(result.inference ? ['## Inference', inferenceText(result), aligned(inferenceTable(result))] : []),
    ...(result.formats
      ? ['## Formats', 'Each format alone, once, its initramfs being there.', aligned(formatTable(result))]
      : []),
    ...formatsSection(),
    ...(result.large ? ['## A layer of 1 GiB', largeText(result)] : []),
    ...(result.scaled
      ? ['## Four times as many images', scaledText(result), aligned(scenarioTable(result.scaled))]
      : []),
    '## How it is measured',
    protocol(result),
    readFileSync(LEVERS, 'utf8').trim(),
  ]
    .filter(Boolean)
    .join('\n\n')}\n`;
}

function introduction({ workload, floors }) {
  return `An operating system of ${workload.images} images out of Debian packages, ${workload.layers} layers, ${megabytes(workload.compressed)} compressed and ${megabytes(workload.unpacked)} unpacked (layers that images share counted once), from a registry on the same machine.

What counts are ratios to floors that were measured in the same minutes:

- **U** ${seconds(floors.U)}: \`gzip -dc\` of all layers, one after the other, on one core; ${seconds(floors.cpu.U)} of CPU. For the image that is bumped ${seconds(floors.imageU)}, ${seconds(floors.cpu.imageU)} of CPU.
- **G** ${seconds(floors.G)}: the same piped into \`pigz -6 -p2\`: what a build that compresses again must take; ${seconds(floors.cpu.G)} of CPU. For the image ${seconds(floors.imageG)}.
- **N**, for each scenario its own: Nx with a graph of the same shape whose tasks write files of the same sizes and do nothing else.`;
}

function scenarioTable({ scenarios }) {
  const head = [
    'Scenario',
    'Wall',
    'N',
    'Over N',
    'CPU',
    'CPU of N',
    'CPU over N',
    'Memory',
    'Written',
    'Tasks',
  ];
  return [
    head,
    ...scenarios.map(({ title, wall, cpu, rss, daemonRss, written, executed, floor }) => [
      title,
      seconds(wall),
      seconds(floor.wall),
      seconds(wall - floor.wall),
      seconds(cpu),
      seconds(floor.cpu),
      seconds(cpu - floor.cpu),
      megabytes(Math.max(rss, daemonRss ?? 0)),
      megabytes(written),
      String(executed),
    ]),
  ];
}

function targetTable(result) {
  const rows = judge(result).map(({ name, text, shown, ok }) => [name, text, shown, ok ? 'yes' : '**no**']);
  return [['What', 'At most', 'Measured, of what is allowed', 'Kept'], ...rows];
}

function linuxkitText({ linuxkit, initrd }) {
  return `\`linuxkit build --format kernel+initrd\` of the same YAML, from the same registry, which both are told speaks plain HTTP, in the same rounds: ${linuxkit.version}. It keeps what it has pulled, and nothing else: whatever changed, it makes everything again. It checks every image that its cache has, layer by layer, before it uses it; a build with all of them there takes longer than one that pulls them. Its initrd has ${megabytes(linuxkit.initrd)}, ours ${megabytes(initrd.initrd)}. Our times are those of \`nx build\`, with all that Nx itself takes: without its daemon it starts a process for each of its plugins, three of its own and ours, unless the environment has \`NX_ISOLATE_PLUGINS=false\`.`;
}

function linuxkitTable({ linuxkit, scenarios }) {
  const of = (id) => scenarios.find((scenario) => scenario.id === id);
  const row = ([title, theirs, ours]) => [
    title,
    seconds(theirs.wall),
    seconds(ours.wall),
    (ours.wall / theirs.wall).toFixed(2),
    seconds(theirs.cpu),
    seconds(ours.cpu),
  ];
  const rows = [
    ['Empty caches', linuxkit.cold, of('cold')],
    ['The same, Nx’s plugins in its own process', linuxkit.cold, of('cold-one-process')],
    ['All images there, one `env` changed', linuxkit.warm, of('env')],
    ['All images there, nothing changed', linuxkit.warm, of('nothing')],
  ];
  const head = ['', 'LinuxKit', 'nx build', 'Ratio', 'CPU of LinuxKit', 'CPU of nx build'];
  return [head, ...rows.filter(([, , ours]) => ours).map(row)];
}

function formatTable({ formats }) {
  const rows = formats.map(({ format, error, wall, floor, rss, size }) =>
    error
      ? [format, 'not measured', '', '', '']
      : [format, seconds(wall), seconds(floor), megabytes(rss), megabytes(size)],
  );
  return [['Format', 'Wall', 'N', 'Memory', 'Size'], ...rows];
}

function inferenceText() {
  return '`nx show projects` in a workspace of 100 operating systems, each of the 13 images, against a workspace without any, and against N: the same nodes, read from one file. Without the daemon Nx asks every plugin each time.';
}

function inferenceTable({ inference }) {
  const row = (title, key) => [
    title,
    ...['empty', 'full', 'floor'].map((name) => seconds(inference[`${name}${key}`])),
  ];
  return [
    ['', 'Empty', '100 systems', 'N'],
    row('First', 'First'),
    row('Again, daemon off', 'Again'),
    row('Again, daemon on', 'Daemon'),
  ];
}

function largeText({ large }) {
  return `An OS with one layer of ${(large.size / 2 ** 30).toFixed(0)} GiB, kernel+initrd and tar: the largest process takes ${megabytes(large.rss)}, the build ${seconds(large.wall)} (gunzip of the layer: ${seconds(large.U)}).`;
}

function scaledText({ scaled }) {
  const [cold] = scaled.scenarios;
  const theirs =
    scaled.linuxkit === undefined
      ? ''
      : ` \`linuxkit build\` with an empty cache took ${seconds(scaled.linuxkit)} right before: the cold build ${(cold.wall / scaled.linuxkit).toFixed(2)} of that.`;
  return `An OS of ${scaled.images} images, no two of the further ones sharing a layer, once; U of all their layers is ${seconds(scaled.U)}.${theirs}`;
}

function protocol({ runs, machine, date }) {
  const { cpu, cores, memory, node, nx, gzip, pigz, load } = machine;
  return `\`npm run bench\` makes a workspace with copies of the compiled packages, and a second one for N. ${runs} rounds; in each every scenario once, those of tenths of a second three times (nothing, one \`files\` entry, one \`env\`), each with its floor right after it; medians of all. Wall time is from the start of \`node nx.js\` to its exit, CPU and memory are wait4's of that process and its children (GNU time). Each edit is one that was never built before. The registry is Debian's \`docker-registry\` on loopback.

Measured on ${date}: ${cores} cores of ${cpu}, ${(memory / 2 ** 30).toFixed(0)} GiB, Node ${node}, Nx ${nx}, gzip ${gzip}, pigz ${pigz}. ${load.toFixed(1)} jobs wanted a core when the run began${load > 1 ? ': the machine was shared, which slows what runs in several threads more than what runs in one, so CPU seconds say more than wall times' : ''}. The raw numbers are in [tools/bench/results/latest.json](../tools/bench/results/latest.json).`;
}
