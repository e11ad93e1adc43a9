import { dockerLike } from './docker-like.js';
import { minimal } from './minimal.js';
import { nginx } from './nginx.js';
import { redis } from './redis.js';
import type { Template } from './template.js';

/** The choices of the `os` generator; its schema.json lists the same names. */
export const templates: Readonly<Record<string, Template>> = {
  minimal,
  nginx,
  redis,
  'docker-like': dockerLike,
};
