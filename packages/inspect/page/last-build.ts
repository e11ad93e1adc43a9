import type { BuildChange, BuildTask, InspectedSystem, LastBuild } from '../src/system.js';
import { breakable, element, section, table } from './element.js';
import { counted, duration, moment } from './quantity.js';

/** What the last build made, how long each task took, and what had changed. */
export function lastBuild({ build }: InspectedSystem): HTMLElement {
  const lead = build
    ? `It ended ${moment(build.at)}. Tasks that Nx’s cache answered are not among these.`
    : 'The store knows no build that made something here.';
  return section('build', 'Last build', lead, build ? [changesOf(build), timesOf(build)] : []);
}

function changesOf({ since, changes }: LastBuild): HTMLElement {
  if (since === undefined)
    return element('p', { class: 'empty' }, [
      'It is the first build here, so there is nothing to compare it with.',
    ]);
  if (changes.length === 0)
    return element('p', { class: 'empty' }, [`No input has changed since the build of ${moment(since)}.`]);
  return element('div', {}, [
    element('h3', {}, [`Changed since ${moment(since)}`]),
    element('ul', { class: 'changes' }, changes.map(changeOf)),
  ]);
}

function changeOf({ input, change, made }: BuildChange): HTMLElement {
  return element('li', {}, [
    element('span', { class: `mark ${change}`, 'aria-hidden': 'true' }, [MARKS[change]]),
    element('span', { class: 'input' }, [input, element('span', { class: 'unseen' }, [` ${change}`])]),
    element('span', { class: 'made' }, [made.length > 0 ? `made ${made.join(', ')}` : 'nothing was made']),
  ]);
}

const MARKS = { added: '+', removed: '−', changed: '~' } as const;

/** Tasks that are shown at once; most of the others take a few milliseconds. */
const SHOWN = 10;

function timesOf({ tasks }: LastBuild): HTMLElement {
  const longest = Math.max(1, ...tasks.map(({ milliseconds }) => milliseconds));
  const sorted = [...tasks].sort((a, b) => b.milliseconds - a.milliseconds);
  const [first, others] = [sorted.slice(0, SHOWN), sorted.slice(SHOWN)];
  const took = others.reduce((sum, { milliseconds }) => sum + milliseconds, 0);
  return element('div', {}, [
    element('h3', {}, ['Time of each task']),
    timeTable('Tasks that took longest', first, longest),
    others.length > 0
      ? element('details', {}, [
          element('summary', {}, [`${counted(others.length, 'other task')}, together ${duration(took)}`]),
          timeTable('Other tasks', others, longest),
        ])
      : undefined,
  ]);
}

function timeTable(caption: string, tasks: readonly BuildTask[], longest: number): HTMLElement {
  return table(
    caption,
    [
      { heading: 'Target' },
      { heading: 'Project' },
      { heading: 'Share' },
      { heading: 'Time', isNumber: true },
    ],
    tasks.map((task) => [
      task.target,
      breakable(task.project),
      bar(task, longest),
      duration(task.milliseconds),
    ]),
  );
}

function bar({ milliseconds }: BuildTask, longest: number): HTMLElement {
  const width = `width:${((100 * milliseconds) / longest).toFixed(2)}%`;
  return element('div', { class: 'bar', 'aria-hidden': 'true' }, [element('span', { style: width })]);
}
