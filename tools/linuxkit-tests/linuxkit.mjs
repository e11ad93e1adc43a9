#!/usr/bin/env node
// Stands for the program `linuxkit` in LinuxKit's cases: this repository's command, with disks where LinuxKit's machine has
// them (/dev/sda), and without the acceleration of the host, so that every machine tries the same.
import { spawn } from 'node:child_process';
import { constants } from 'node:os';
import { fileURLToPath } from 'node:url';

const COMMAND = fileURLToPath(new URL('../../packages/command/bin/nx-linuxkit.cjs', import.meta.url));
const args = process.argv.slice(2);
const isRun = args[0] === 'run';
const hasDisk = args.some((word) => /^--?disk\b/.test(word));
const rest = args[1] === 'qemu' ? args.slice(2) : args.slice(1);
const all = isRun
  ? ['run', 'qemu', '--accel', 'tcg', ...(hasDisk ? ['--disk-bus', 'scsi'] : []), ...rest]
  : args;

const child = spawn(process.execPath, [COMMAND, ...all], { stdio: ['inherit', 'pipe', 'inherit'] });
// A reader that has seen enough (`grep -q`) is no reason to leave a machine behind.
process.stdout.on('error', () => undefined);
child.stdout.on('data', (chunk) => process.stdout.write(chunk));
child.on('close', (status, signal) => process.exit(status ?? 128 + constants.signals[signal]));
