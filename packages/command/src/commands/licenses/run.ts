import type { FlagValues } from '../../flags/values.js';
import type { Surroundings } from '../../surroundings.js';
import { printReport } from '../system/print-report.js';
import { givenSystem } from '../system/request.js';

/** Prints the licences of a system. Fails where the lists refuse one, after all is printed. */
export async function run(values: FlagValues, files: readonly string[], around: Surroundings): Promise<void> {
  const { checkLicenses, licenseLines, readPolicy, standaloneLicenses } =
    await import('@nx-linuxkit/stages/reports');
  const list = (name: string) => (values.has(name) ? values.list(name) : undefined);
  const policy = readPolicy({ allow: list('allow'), deny: list('deny') });
  const { environment, request } = await givenSystem('licenses', values, files, around);
  const licenses = await standaloneLicenses(environment, request, around.log);
  printReport(licenses, licenseLines, values, around);
  checkLicenses(licenses, policy);
}
