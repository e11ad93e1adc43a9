/** What a descriptor says. */
export interface OvfOptions {
  /** The machine's name. */
  readonly name: string;
  readonly firmware: 'bios' | 'uefi';
  /** File name of the disk. */
  readonly disk: string;
  /** Bytes of the disk's file. */
  readonly fileSize: number;
  /** Bytes of the disk. */
  readonly capacity: number;
}

/** The namespaces of OVF 1 (DMTF DSP0243), of the two CIM classes that it uses, and of VMware's extensions. */
const CIM = 'http://schemas.dmtf.org/wbem/wscim/1/cim-schema/2';
const NAMESPACES = {
  xmlns: 'http://schemas.dmtf.org/ovf/envelope/1',
  'xmlns:ovf': 'http://schemas.dmtf.org/ovf/envelope/1',
  'xmlns:rasd': `${CIM}/CIM_ResourceAllocationSettingData`,
  'xmlns:vssd': `${CIM}/CIM_VirtualSystemSettingData`,
  'xmlns:vmw': 'http://www.vmware.com/schema/ovf',
};
const STREAM_OPTIMIZED = 'http://www.vmware.com/interfaces/specifications/vmdk.html#streamOptimized';
/** CIM_OperatingSystem.OSType: Linux of 64 bits. */
const LINUX_64 = 101;
/** Hardware of ESXi 6.5 and Workstation 14, the oldest versions with all of these devices and UEFI. */
const HARDWARE = 'vmx-13';
/** MiB, as the machines of this project have by default. */
const MEMORY = 1024;
/** CIM_ResourceAllocationSettingData.ResourceType. */
const RESOURCE = { processor: 3, memory: 4, scsi: 6, network: 10, disk: 17 };

/**
 * The descriptor of a machine with one disk: DMTF DSP0243. Its devices are those for which Debian's cloud kernel has
 * drivers: VMware's paravirtual SCSI and network card. Elements of a resource are in the order of the CIM schema, which
 * is alphabetical.
 */
export function ovfDescriptor({ name, firmware, disk, fileSize, capacity }: OvfOptions): string {
  const named = escapeXml(name);
  const attributes = Object.entries(NAMESPACES).map(([key, value]) => `${key}="${value}"`);
  return `<?xml version="1.0" encoding="UTF-8"?>
<Envelope ${attributes.join(' ')}>
  <References>
    <File ovf:id="file1" ovf:href="${escapeXml(disk)}" ovf:size="${fileSize}"/>
  </References>
  <DiskSection>
    <Info>Virtual disks</Info>
    <Disk ovf:diskId="disk1" ovf:fileRef="file1" ovf:capacity="${capacity}" ovf:format="${STREAM_OPTIMIZED}"/>
  </DiskSection>
  <NetworkSection>
    <Info>Networks</Info>
    <Network ovf:name="VM Network">
      <Description>The network of the only card</Description>
    </Network>
  </NetworkSection>
  <VirtualSystem ovf:id="${named}">
    <Info>A virtual machine</Info>
    <Name>${named}</Name>
    <OperatingSystemSection ovf:id="${LINUX_64}" vmw:osType="otherLinux64Guest">
      <Info>The operating system</Info>
      <Description>Linux, 64 bits</Description>
    </OperatingSystemSection>
    <VirtualHardwareSection>
      <Info>Virtual hardware</Info>
      <System>
        <vssd:ElementName>Virtual Hardware Family</vssd:ElementName>
        <vssd:InstanceID>0</vssd:InstanceID>
        <vssd:VirtualSystemIdentifier>${named}</vssd:VirtualSystemIdentifier>
        <vssd:VirtualSystemType>${HARDWARE}</vssd:VirtualSystemType>
      </System>
${items().join('\n')}
      <vmw:Config ovf:required="false" vmw:key="firmware" vmw:value="${firmware === 'uefi' ? 'efi' : 'bios'}"/>
    </VirtualHardwareSection>
  </VirtualSystem>
</Envelope>
`;
}

function items(): string[] {
  return [
    item({
      AllocationUnits: 'hertz * 10^6',
      ElementName: '1 processor',
      InstanceID: 1,
      ResourceType: RESOURCE.processor,
      VirtualQuantity: 1,
    }),
    item({
      AllocationUnits: 'byte * 2^20',
      ElementName: `${MEMORY} MiB of memory`,
      InstanceID: 2,
      ResourceType: RESOURCE.memory,
      VirtualQuantity: MEMORY,
    }),
    item({
      Address: 0,
      ElementName: 'SCSI controller',
      InstanceID: 3,
      ResourceSubType: 'VirtualSCSI',
      ResourceType: RESOURCE.scsi,
    }),
    item({
      AddressOnParent: 0,
      ElementName: 'Hard disk',
      HostResource: 'ovf:/disk/disk1',
      InstanceID: 4,
      Parent: 3,
      ResourceType: RESOURCE.disk,
    }),
    item({
      AddressOnParent: 7,
      AutomaticAllocation: 'true',
      Connection: 'VM Network',
      ElementName: 'Network adapter',
      InstanceID: 5,
      ResourceSubType: 'VmxNet3',
      ResourceType: RESOURCE.network,
    }),
  ];
}

function item(elements: Readonly<Record<string, string | number>>): string {
  const lines = Object.entries(elements).map(
    ([name, value]) => `        <rasd:${name}>${value}</rasd:${name}>`,
  );
  return ['      <Item>', ...lines, '      </Item>'].join('\n');
}

function escapeXml(text: string): string {
  const entities: Record<string, string> = { '&': '&amp;', '<': '&lt;', '>': '&gt;', '"': '&quot;' };
  return text.replace(/[&<>"]/g, (character) => entities[character]!);
}
