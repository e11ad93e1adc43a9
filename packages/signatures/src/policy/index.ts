/** The policy as the plugin option states it. Inference reads it, so this entry loads no registry client and no crypto. */
export type { Action, AuthorityOption, IdentityOption, KeyOption, SignaturesOption } from './option.js';
export { parsePolicy, policyFiles, type ParsedPolicy, type ParsedRule } from './parse-policy.js';
export { pattern, type Matcher } from './pattern.js';
export { ruleFor } from './rule-for.js';
