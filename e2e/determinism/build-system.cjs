// Builds the OS of a workspace: `build-system.cjs WORKSPACE ORDER FORMAT…`. In the order `segments-last-first` it makes
// all segments before anything else, from the last one to the first.
const { existsSync, readFileSync } = require('node:fs');
const { join } = require('node:path');
const { identify, openEnvironment, parseOsFile, readPlan, build, Pipeline } = require(
  join(__dirname, '../../packages/stages'),
);

async function main([workspace, order, ...formats]) {
  const settings = JSON.parse(readFileSync(join(workspace, 'settings.json'), 'utf8'));
  const environment = openEnvironment(workspace, settings);
  const os = identify(parseOsFile('apps/mixed/linuxkit.yml'), 'mixed');
  if (order === 'segments-last-first') {
    const pipeline = new Pipeline(environment);
    const plan = readPlan(workspace, os, settings).plan(os);
    for (const { root, image, plan: segment } of [...plan.segments].reverse())
      await pipeline.run({ stage: 'segment', root, image, segment }, () => {});
    await pipeline.close();
  }
  await build(
    environment,
    { os, formats, frozen: existsSync(join(workspace, 'apps/mixed/linuxkit.lock.json')), lockCommand: '' },
    () => {},
  );
}

main(process.argv.slice(2)).catch((error) => {
  console.error(error);
  process.exit(1);
});
