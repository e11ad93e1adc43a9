export { inspectPage } from './render.js';
export type {
  BootContainer,
  BootStep,
  BuildChange,
  BuildTask,
  InspectedFormat,
  InspectedImage,
  InspectedPackage,
  InspectedSystem,
  LastBuild,
  SizeNode,
} from './system.js';
