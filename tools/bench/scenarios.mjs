// What is measured: for each an edit that is new every time, and the command after it.
import { createRequire } from 'node:module';

const { formatTargetName } = createRequire(import.meta.url)('@nx-linuxkit/stages/plan');
const OS = 'my-os';
const FILE = `apps/${OS}/linuxkit.yml`;
const LOCK = `apps/${OS}/linuxkit.lock.json`;

/** The image that gets new versions: the largest of the services, in five layers. */
export const BUMPED = 'python';

export function workspaceFiles(workload) {
  return { [FILE]: workload.yaml };
}

/**
 * `edit` changes the workspace, `serial` is another number each time. `times`: how often a round takes it, with its
 * floor each time; where it is about tenths of a second, the machine itself differs by as much from build to build.
 */
export const scenarios = [
  { id: 'cold', title: 'Cold: empty store, empty Nx cache', clear: { store: true } },
  {
    id: 'cold-one-process',
    title: 'Cold, Nx’s plugins in its own process',
    clear: { store: true },
    env: { NX_ISOLATE_PLUGINS: 'false' },
  },
  { id: 'warm-store', title: 'Cold Nx cache, warm store', clear: { store: false } },
  { id: 'nothing', title: 'Nothing changed', times: 3 },
  { id: 'nothing-daemon', title: 'Nothing changed, daemon on', daemon: true, times: 3 },
  {
    id: 'file',
    title: 'One `files` entry changed',
    times: 3,
    edit: ({ workspace }, serial) =>
      edit(workspace, FILE, (text) => text.replace(/contents: ".*"/, `contents: "host-${serial}"`)),
  },
  {
    id: 'env',
    title: "One service's `env` changed",
    times: 3,
    edit: ({ workspace }, serial) =>
      edit(workspace, FILE, (text) =>
        text.replace(/(- name: nginx\n.*\n)( {4}env:.*\n)?/, `$1    env: ["SERIAL=${serial}"]\n`),
      ),
  },
  {
    id: 'image',
    title: `One image bumped, all its layers new (${BUMPED})`,
    bumps: true,
    edit: (context) => bump(context, { all: true }),
  },
  {
    id: 'top-layer',
    title: 'One image bumped, only its top layer new',
    edit: (context) => bump(context, { all: false }),
  },
  {
    id: 'service',
    title: 'One service added',
    edit: async ({ workspace, workload }, serial) => {
      const digest = await workload.newVersion('httpd', { all: true });
      const reference = `${workload.registry.host}/test/httpd@${digest}`;
      edit(workspace, FILE, (text) =>
        text.replace(/^files:/m, `  - name: added-${serial}\n    image: ${reference}\nfiles:`),
      );
      editLock(workspace, (images) => (images[reference] = { 'linux/amd64': { digest } }));
    },
  },
];

/** The files that edits change, as they are. */
export function sources(workspace) {
  return Object.fromEntries([FILE, LOCK].map((path) => [path, workspace.read(path)]));
}

export const build = ['build', OS, '--output-style=static'];
export const formatCommand = (format) => [formatTargetName(format, {}), OS, '--output-style=static'];
export const lock = ['lock', OS];
export const distOf = (format) => `dist/apps/${OS}/${format}`;

/** Another command line: part of every format, and of nothing upstream. */
export function changeFormats(workspace) {
  edit(workspace, FILE, (text) => text.replace(/(cmdline: "[^"]*)"/, '$1 quiet"'));
}

async function bump({ workspace, workload }, which) {
  const digest = await workload.newVersion(BUMPED, which);
  editLock(workspace, (images) => {
    images[workload.references.get(BUMPED)]['linux/amd64'] = { digest };
  });
}

function edit(workspace, path, change) {
  const before = workspace.read(path);
  const after = change(before);
  if (after === before) throw new Error(`${path} stayed as it was`);
  workspace.write({ [path]: after });
}

function editLock(workspace, change) {
  edit(workspace, LOCK, (text) => {
    const lock = JSON.parse(text);
    change(lock.images);
    return `${JSON.stringify(lock, null, 2)}\n`;
  });
}
