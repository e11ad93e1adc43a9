module.exports.default = async () => ({ success: true });
