export { sampleOf, WHOLE } from '@nx-linuxkit/testing';
