export { HttpClient, type HttpOptions, type HttpRequest, type HttpResponse } from './http-client.js';
export { sendFollowing } from './redirect.js';
export { isTransient } from './network-error.js';
export { withRetries, type Retries } from './retry.js';
export { userAsHeader, withoutUser } from './url-user.js';
