// What a build must keep to: ratios to floors of the same run, so that the machine does not matter.

/** Seconds that a change of a few bytes may take above a batch that does nothing. */
const SMALL_CHANGE = 0.3;
const MB = 1e6;

export function judge(result) {
  const { floors, scenarios, inference, initrd, large, scaled, linuxkit } = result;
  const of = (id) => scenarios.find((scenario) => scenario.id === id);
  const rows = [];
  const add = (name, actual, limit, text, format = seconds) =>
    rows.push({
      name,
      actual,
      limit,
      text,
      ok: actual <= limit,
      shown: `${format(actual)} of ${format(limit)}`,
    });
  const over = (id, name, limit, text) => {
    const scenario = of(id);
    if (scenario) add(name, scenario.wall, limit(scenario.floor.wall), text);
  };
  over('cold', 'Cold', (N) => 1.3 * floors.G + N, '1.3 G + N');
  for (const [id, name] of [
    ['file', 'One `files` entry'],
    ['env', 'One `env`'],
  ])
    over(id, name, (N) => N + SMALL_CHANGE, 'N + 0.3 s');
  over('image', 'One image bumped', (N) => 1.3 * floors.imageG + N + 0.5, '1.3 G of the image + N + 0.5 s');
  over('nothing', 'Nothing changed, daemon off', (N) => 1.1 * N, '1.1 N');
  over('nothing-daemon', 'Nothing changed, daemon on', (N) => 1.1 * N, '1.1 N');
  if (inference) {
    const { emptyFirst, emptyDaemon, fullFirst, fullDaemon } = inference;
    add('Inference of 100 systems', fullFirst, emptyFirst + 1.5, 'an empty workspace + 1.5 s');
    add(
      'Inference, nothing changed, daemon on',
      fullDaemon,
      emptyDaemon + 0.15,
      'an empty workspace + 0.15 s',
    );
  }
  const idle = Math.min(...scenarios.map(({ floor }) => floor.rss));
  const builds = [...scenarios, ...(scaled?.scenarios ?? [])];
  const peak = Math.max(...builds.map(({ rss }) => rss), large?.rss ?? 0);
  add('Peak memory of a process', peak, idle + 300 * MB, 'an idle Nx task + 300 MB', megabytes);
  if (initrd) add('Initrd', initrd.initrd, 1.05 * initrd.single, '1.05 of `pigz -6` of one cpio', megabytes);
  const plain = result.linuxkitPlain ?? linuxkit;
  if (plain) {
    over(
      'cold',
      'Cold, against LinuxKit',
      (N) => N + plain.cold.wall / 4,
      'N + a quarter of `linuxkit build`',
    );
    const { command, unshared } = result;
    const quarter = 'a quarter of `linuxkit build`';
    if (command) add('Cold, by the command, no Nx', command.cold.wall, plain.cold.wall / 4, quarter);
    if (unshared?.linuxkit) {
      const limit = unshared.linuxkit.wall / 4;
      add('Cold, no shared layers', unshared.cold.wall, unshared.cold.floor.wall + limit, `N + ${quarter}`);
      add('The same, by the command, no Nx', unshared.command.wall, limit, quarter);
    }
  }
  if (scaled?.linuxkit) {
    const [cold] = scaled.scenarios;
    const name = `Cold, against LinuxKit, ${scaled.images} images`;
    add(name, cold.wall, scaled.linuxkit / 3, 'a third of `linuxkit build`');
  }
  return rows;
}

export const seconds = (value) => (value === undefined ? '' : `${value.toFixed(2)} s`);
export const megabytes = (value) => (value === undefined ? '' : `${(value / MB).toFixed(0)} MB`);
