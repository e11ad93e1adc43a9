// Builds the system of a folder that e2e/pipeline/system.ts has made: `build.cjs FOLDER`. For tests that kill it.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');
const { build, identify, openEnvironment, parseOsFile } = require(join(__dirname, '../../packages/stages'));

const [folder] = process.argv.slice(2);
const settings = JSON.parse(readFileSync(join(folder, 'settings.json'), 'utf8'));
const os = identify(parseOsFile('apps/my-os/linuxkit.yml'), 'my-os');
const request = { os, formats: ['tar'], frozen: false, lockCommand: '' };
build(openEnvironment(folder, settings), request, () => {}).catch((error) => {
  console.error(error);
  process.exitCode = 1;
});
