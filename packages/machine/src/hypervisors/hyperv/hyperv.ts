import { join } from 'node:path';
import type { Command, GuestMachine, Hypervisor, Plan } from '../hypervisor.js';
import { refused, refusedMedium, refusePorts } from '../refuse.js';

const TITLE = 'Hyper-V';
const FORMATS = ['dynamic-vhdx', 'vhdx', 'iso-efi', 'vhd', 'dynamic-vhd'];
/** The switch that Windows makes itself, with NAT. */
const SWITCH = 'Default Switch';
const MIB = 2 ** 20;

/**
 * Hyper-V, by the cmdlets of PowerShell: generation 2 for UEFI, without Secure Boot, and generation 1 for BIOS.
 * Source: https://learn.microsoft.com/powershell/module/hyper-v.
 */
export const hyperv: Hypervisor = {
  name: 'hyperv',
  title: TITLE,
  formats: FORMATS,
  architectures: ['amd64'],
  install:
    'Turn the feature Hyper-V of Windows on: Enable-WindowsOptionalFeature -Online -FeatureName Microsoft-Hyper-V -All.',
  plan(machine): Plan {
    refusePorts(TITLE, machine);
    const { name, data, cpus } = machine;
    const { disk, copies, generation } = bootDisk(machine);
    const pipe = `\\\\.\\pipe\\${name}`;
    const vm = `-VMName ${quote(name)}`;
    const isCd = machine.medium.kind === 'iso';
    return {
      copies,
      prepare: [
        shell(newMachine(machine, generation, isCd ? undefined : disk)),
        shell(
          `Set-VM -Name ${quote(name)} -ProcessorCount ${cpus} -StaticMemory -AutomaticCheckpointsEnabled $false`,
        ),
        shell(`Set-VMComPort ${vm} -Number 1 -Path ${quote(pipe)}`),
        ...(isCd ? [shell(`Add-VMDvdDrive ${vm} -Path ${quote(disk)}`)] : []),
        ...(generation === 2 ? [shell(firmwareOf(vm, isCd))] : []),
        ...(data === undefined ? [] : [shell(`Add-VMDvdDrive ${vm} -Path ${quote(data)}`)]),
        shell(`Start-VM -Name ${quote(name)}`),
      ],
      run: {
        ask: shell(`(Get-VM -Name ${quote(name)}).State`),
        isRunning: (printed) => ['Starting', 'Running', 'Stopping'].includes(printed.trim()),
      },
      console: pipe,
      finish: [
        shell(`Stop-VM -Name ${quote(name)} -TurnOff -Force`),
        shell(`Remove-VM -Name ${quote(name)} -Force`),
      ],
    };
  },
};

const shell = (script: string): Command => ({
  program: 'powershell.exe',
  args: ['-NoProfile', '-NonInteractive', '-Command', `$ErrorActionPreference = 'Stop'; ${script}`],
});

/** A text as PowerShell takes it without looking into it. It ends such a text at typographic quotation marks too. */
const quote = (text: string): string => `'${text.replace(/['\u2018-\u201b]/g, '$&$&')}'`;

function newMachine(
  { name, memory, network, state }: GuestMachine,
  generation: 1 | 2,
  disk?: string,
): string {
  const [kind, device] = network === 'user' ? ['bridge', SWITCH] : network.split(',');
  if (kind !== 'bridge' && kind !== 'none') {
    throw refused(`${TITLE} has no network ${network}`, 'Write user, none or bridge,<name of a switch>.');
  }
  return [
    `New-VM -Name ${quote(name)} -Generation ${generation} -MemoryStartupBytes ${memory * MIB}`,
    `-Path ${quote(state)}`,
    disk === undefined ? '-NoVHD' : `-VHDPath ${quote(disk)}`,
    ...(kind === 'bridge' && device ? [`-SwitchName ${quote(device)}`] : []),
  ].join(' ');
}

function firmwareOf(vm: string, isCd: boolean): string {
  const first = isCd ? `(Get-VMDvdDrive ${vm})` : `(Get-VMHardDiskDrive ${vm})`;
  return `Set-VMFirmware ${vm} -EnableSecureBoot Off -FirstBootDevice ${first}`;
}

function bootDisk({ medium, state }: GuestMachine): {
  disk: string;
  copies: Plan['copies'];
  generation: 1 | 2;
} {
  const generation = medium.firmware === 'uefi' ? 2 : 1;
  if (medium.kind === 'iso' && generation === 2) return { disk: medium.path, copies: [], generation };
  const extension =
    medium.kind === 'disk' ? { vpc: 'vhd', vhdx: 'vhdx' }[medium.format as string] : undefined;
  if (medium.kind !== 'disk' || extension === undefined || medium.archived !== undefined)
    throw refusedMedium(TITLE, medium, FORMATS);
  if (generation === 2 && extension === 'vhd')
    throw refused(`${TITLE} of generation 2 takes no VHD`, 'Boot dynamic-vhdx or vhdx.');
  const disk = join(state, `disk.${extension}`);
  return { disk, copies: [{ from: medium.path, to: disk }], generation };
}
