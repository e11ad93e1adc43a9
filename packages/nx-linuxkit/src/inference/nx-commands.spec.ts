import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { formatTargetName, targetKinds } from '@nx-linuxkit/stages/plan';

/** The names and aliases of Nx's own commands, out of Nx itself. */
function nxCommands(): string[] {
  const load = createRequire(__filename);
  const folder = dirname(load.resolve('nx/package.json'));
  const { commandsObject } = load(join(folder, 'dist/src/command-line/nx-commands.js'));
  const commands = commandsObject.getInternalMethods().getCommandInstance();
  return [...commands.getCommands(), ...Object.keys(commands.aliasMap ?? {})];
}

it('no target has the name of a command of Nx, so that `nx <target> my-os` runs it', () => {
  const commands = nxCommands();
  expect(commands).toEqual(expect.arrayContaining(['report', 'show', 'graph', 'affected']));
  expect(targetKinds().filter((kind) => commands.includes(formatTargetName(kind, {})))).toEqual([]);
});
