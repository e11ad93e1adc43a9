/** A reference without its tag and digest: `localhost:5000/a/nginx:1@sha256:…` is `localhost:5000/a/nginx`. */
export function referenceName(reference: string): string {
  return reference.replace(/[:@][^/]*$/, '');
}
