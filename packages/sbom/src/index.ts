export type { DebianRecord, DebianRecords, SbomFacts, SbomImage } from './facts.js';
export { readAttested, type Attested, type ReadAttested } from './spdx/attested.js';
export { spdxDocument, type SpdxDocument } from './spdx/document.js';
export type { Element } from './spdx/shape.js';
export { writeSpdx } from './spdx/write.js';
