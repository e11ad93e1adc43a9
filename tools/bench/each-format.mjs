// Each format alone: its initramfs is there, and so are the boot loaders that it takes.
import { createRequire } from 'node:module';
import { join } from 'node:path';
import { log } from './result.mjs';
import { changeFormats, distOf, formatCommand } from './scenarios.mjs';
import { folderSize } from './workspace.mjs';

export async function measureFormats({ workspace, floor }) {
  const { formatNames } = createRequire(import.meta.url)('../../packages/stages');
  const rows = [];
  for (const format of formatNames) {
    const command = formatCommand(format);
    const made = await workspace.nx(command).catch((error) => ({ error }));
    if (made.error) {
      rows.push({ format, error: firstLine(made.error) });
      log(`${format}: ${rows.at(-1).error}`);
      continue;
    }
    changeFormats(workspace);
    const real = await workspace.nx(command);
    const executed = workspace.executed();
    await floor.follow(workspace, executed);
    const idle = await floor.workspace.nx(command);
    const size = folderSize(join(workspace.dir, distOf(format)));
    rows.push({
      format,
      wall: real.wall,
      floor: idle.wall,
      rss: real.rss,
      size,
      executed: executed.length,
    });
    log(`${format}: ${real.wall.toFixed(2)} s, floor ${idle.wall.toFixed(2)} s`);
  }
  return rows;
}

function firstLine({ message }) {
  return (
    message.split('\n').find((line) => /error|unsupported|missing|expected/i.test(line)) ??
    message.split('\n')[0]
  );
}
