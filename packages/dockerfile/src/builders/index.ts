/** The names of builders alone, for the check of options: it loads nothing. */
export { BUILDER_VARIABLE, builderNames, type BuilderName } from './names.js';
