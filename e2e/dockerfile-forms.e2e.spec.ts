import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { builtByNode, foundIn, writeContext } from './dockerfile/found-in.js';
import { NEWER_CONTEXT, NEWER_FORMS } from './dockerfile/newer-forms.js';
import { readBuilt } from '../packages/dockerfile/src/__tests__/build.js';

/** What BuildKit makes of the forms, as `foundIn` tells it. Written anew with WRITE_FORMS=1 and a BuildKit. */
const RECORDED = join(__dirname, 'dockerfile/newer-forms.json');

let base: string;
let context: string;
let recorded: Record<string, unknown>;
beforeAll(() => {
  base = mkdtempSync(join(tmpdir(), 'e2e-forms-'));
  context = join(base, 'context');
  writeContext(context, NEWER_CONTEXT);
  recorded = JSON.parse(readFileSync(RECORDED, 'utf8'));
});
afterAll(() => rmSync(base, { recursive: true, force: true }));

async function ofBuildkit(text: string): Promise<object> {
  const [folder, archive] = [mkdtempSync(join(base, 'dockerfile-')), join(base, 'built.tar')];
  mkdirSync(folder, { recursive: true });
  writeFileSync(join(folder, 'Dockerfile'), text);
  const locals = [`--local=context=${context}`, `--local=dockerfile=${folder}`];
  const args = ['build', '--frontend=dockerfile.v0', ...locals, `--output=type=oci,dest=${archive}`];
  execFileSync('buildctl', args, { stdio: 'pipe' });
  return foundIn(await readBuilt(archive));
}

test.each(Object.entries(NEWER_FORMS))('what Node builds is what BuildKit builds: %s', async (name, text) => {
  if (process.env.BUILDKIT_HOST) recorded[name] = await ofBuildkit(text);
  if (process.env.WRITE_FORMS) writeFileSync(RECORDED, `${JSON.stringify(recorded, null, 1)}\n`);
  expect(recorded).toHaveProperty([name]);
  expect(await foundIn(await builtByNode(text, context, join(base, 'ours.tar')))).toEqual(recorded[name]);
});
