/** Nx lays a graph out from left to right with this, so that labels stand below each other and not side by side. */
const LEFT_TO_RIGHT = { 'nx-dep-graph-rankdir': 'LR' };

const GRAPH = { of: 'graph', width: 1600, storage: LEFT_TO_RIGHT, ready: 'canvas' };
const INSPECT = { of: 'inspect', width: 1280, height: 900, ready: '.cell' };

/** The pages of `nx graph` and of `nx inspect` that the documentation shows. */
export const shots = [
  { ...GRAPH, name: 'project-graph', path: '/projects', height: 900 },
  { ...GRAPH, name: 'task-graph', path: '/tasks?targets=build&projects=my-os', height: 1000 },
  {
    ...GRAPH,
    name: 'project-page',
    path: '/project-details/my-os',
    height: 900,
    storage: undefined,
    ready: 'text=boot-test',
  },
  { ...INSPECT, name: 'inspect', path: '', colorScheme: 'light' },
  { ...INSPECT, name: 'inspect-dark', path: '#boot', colorScheme: 'dark' },
];
