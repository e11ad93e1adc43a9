/** Nx lays a graph out from left to right with this, so that labels stand below each other and not side by side. */
const LEFT_TO_RIGHT = { 'nx-dep-graph-rankdir': 'LR' };

/** The pages of `nx graph` that the documentation shows, each 1600 pixels wide. */
export const shots = [
  { name: 'project-graph', path: '/projects', height: 900, storage: LEFT_TO_RIGHT, ready: 'canvas' },
  {
    name: 'task-graph',
    path: '/tasks?targets=build&projects=my-os',
    height: 1000,
    storage: LEFT_TO_RIGHT,
    ready: 'canvas',
  },
  { name: 'project-page', path: '/project-details/my-os', height: 900, ready: 'text=boot-test' },
];
