// The nodes of a real workspace as they were recorded, with tasks that only write files of the same sizes.
const { readFileSync } = require('node:fs');
const { join } = require('node:path');

module.exports.name = 'floor';
module.exports.createNodes = [
  'floor.json',
  ([file], _options, { workspaceRoot }) => [
    [file, { projects: JSON.parse(readFileSync(join(workspaceRoot, file), 'utf8')) }],
  ],
];
