export { AGENT_PATH, AGENT_BLOCK, AGENT_PORT } from './agent.js';
export { writeDevInitrd } from './dev-initrd.js';
export { openLiveSystem, type LiveSystem } from './live-system.js';
export { readPlaces, type ReadPlace } from './read-places.js';
export { compareSystems, type SystemChange } from './system-change.js';
export { updateOf, type Update } from './update.js';
