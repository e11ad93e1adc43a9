export * from './content.js';
export * from './inode.js';
