import { CloudError } from '../error.js';
import { waitFor } from '../wait.js';

/** What Google is at work on: https://cloud.google.com/compute/docs/api/how-tos/api-requests-responses. */
export interface Operation {
  readonly name?: string;
  readonly status?: string;
  readonly error?: { readonly errors?: readonly { readonly message?: string }[] };
}

/** Waits until Google has done something; `look` asks for an operation by its name. Throws CloudError `import-failed`. */
export async function finished(
  begun: Operation,
  purpose: string,
  interval: number,
  look: (name: string) => Promise<Operation>,
): Promise<void> {
  let operation = begun;
  await waitFor(purpose, interval, async () => {
    if (operation.status === 'DONE') return true;
    operation = await look(operation.name ?? '');
    return operation.status === 'DONE' ? true : undefined;
  });
  const said = operation.error?.errors?.map(({ message }) => message).join('; ');
  if (operation.error) throw new CloudError('import-failed', `cannot ${purpose}: ${said}`);
}
