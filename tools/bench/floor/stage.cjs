const { writeFiles } = require('./write.cjs');

module.exports.default = async ({ files }, { root }) => {
  writeFiles(root, files);
  return { success: true };
};
