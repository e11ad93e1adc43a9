import { execFileSync } from 'node:child_process';
import { statSync } from 'node:fs';

/** The partition for data must reach the end of the disk, by a table without errors. */
export function expectWholeDisk(disk: string): void {
  const table = JSON.parse(execFileSync('/sbin/sfdisk', ['--json', disk], { encoding: 'utf8' }));
  const state = table.partitiontable.partitions.find(({ name }: { name: string }) => name === 'state');
  expect(statSync(disk).size - (state.start + state.size) * 512).toBeLessThan(2 << 20);
  expect(execFileSync('/sbin/sgdisk', ['-v', disk], { encoding: 'utf8' })).toContain('No problems found');
}
