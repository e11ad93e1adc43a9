// The pages below docs/reference, each a function that gives its text.
import { dirname, join } from 'node:path';
import { interfaceMembers, literalList, load, readJson, readText } from './sources.mjs';
import { banner, meaningOf, optionsTable, table, typeOf } from './tables.mjs';

const POLICY = 'packages/signatures/src/policy/option.ts';
const PLUGIN = 'packages/nx-linuxkit';
const STAGES = 'packages/stages/src';
const FORMATS = 'packages/formats';
/** Executors of inferred targets, which are not meant for a project.json. */
const INFERRED_ONLY = ['stage', 'invalid'];

const BUILD = 'packages/spec/schema/build.schema.json';
const CONTENTS = 'packages/debian/schema/contents.schema.json';

const formats = () => load(`${FORMATS}/src/index.ts`);
const stages = () => load(`${STAGES}/stages.ts`);

const BY_HAND = `\`\`\`json
{
  "name": "tarball",
  "targets": {
    "build": {
      "executor": "nx-linuxkit:build",
      "options": { "file": "my-os/linuxkit.yml", "formats": ["tar"] }
    }
  }
}
\`\`\``;

export const pages = {
  'executors.md': () => {
    const sections = Object.entries(readJson(`${PLUGIN}/executors.json`).executors).map(
      ([name, { schema, description }]) => {
        const note = INFERRED_ONLY.includes(name)
          ? '\n\nUsed by inferred targets; not for a project.json.'
          : '';
        const options = optionsTable(readJson(join(PLUGIN, schema)));
        return `## nx-linuxkit:${name}\n\n${description}${note}\n\n${options}`;
      },
    );
    const intro =
      'Inferred targets use these already; options go to the target in project.json or on the command line. By hand, ' +
      '`nx-linuxkit:build` runs the whole pipeline as one uncached task:';
    return page(`${PLUGIN}/executors.json and the schemas`, '# Executors', intro, BY_HAND, ...sections);
  },

  'generators.md': () => {
    const sections = Object.entries(readJson(`${PLUGIN}/generators.json`).generators).map(
      ([name, { schema, description, aliases = [] }]) => {
        const also =
          aliases.length > 0 ? ` Also called ${aliases.map((alias) => `\`${alias}\``).join(', ')}.` : '';
        return `## nx-linuxkit:${name}\n\n${description}${also}\n\n${optionsTable(readJson(join(PLUGIN, schema)))}`;
      },
    );
    return page(`${PLUGIN}/generators.json and the schemas`, '# Generators', ...sections);
  },

  'plugin-options.md': () => {
    const files = { settings: `${STAGES}/plan/settings.ts`, options: `${PLUGIN}/src/options.ts` };
    const members = [
      ...interfaceMembers(files.settings, 'Settings'),
      ...interfaceMembers(files.options, 'PluginOptions'),
    ];
    const rows = members.map(({ name, type, text }) => [`\`${name}\``, ...typeAndText(type, text)]);
    const intro =
      'In nx.json: `"plugins": [{ "plugin": "nx-linuxkit", "options": { … } }]`. All are optional.';
    return page(
      `${files.settings} and ${files.options}`,
      '# Plugin options',
      intro,
      table(['option', 'type', 'meaning'], rows),
      ...Object.entries(OBJECTS).flatMap(([name, { option, parts }]) => [
        `## ${option}`,
        ...parts.flatMap(([file, part, text]) => [
          ...(part === name ? [] : [text]),
          table(['key', 'type', 'meaning'], membersOf(file, part)),
        ]),
      ]),
    );
  },

  'stages.md': () => {
    const { stageNames } = stages();
    const rows = stageNames.map((name) => [`[\`${name}\`](#${name})`, ...versionAndUpstream(name)]);
    const sections = stageNames.map((name) => `## ${name}\n\n${readme(`${STAGES}/${name}`)}`);
    return page(
      `${STAGES}/stages.ts and the README.md of each stage`,
      '# Stages',
      'A stage runs again when its own version, that of a stage upstream, or something that it reads changes.',
      table(['stage', 'version', 'upstream'], rows),
      ...sections,
      `## lock\n\n${readme(`${STAGES}/lock`)}`,
    );
  },

  'build-yml.md': () => {
    const rows = ({ properties }) =>
      table(
        ['key', 'type', 'meaning'],
        Object.entries(properties).map(([name, property]) => [
          `\`${name}\``,
          typeOf(property),
          meaningOf(property),
        ]),
      );
    const contents = readJson(CONTENTS);
    return page(
      `${BUILD} and ${CONTENTS}`,
      '# build.yml',
      'A package: a folder that makes an image. LinuxKit’s keys, and `contents`, which takes the place of a Dockerfile. With `contents` ' +
        'only `image`, `org`, `arches`, `gitrepo` and `config` of LinuxKit’s keys take effect.',
      rows(readJson(BUILD)),
      '## contents',
      contents.description,
      rows(contents),
    );
  },

  'formats.md': () =>
    page(
      `${FORMATS}/src/table.ts and ${FORMATS}/formats.md`,
      '# Formats',
      'Each is a target of every OS: `nx <format> my-os`. Its files lie in `dist/<folder of the OS>/<format>/`.',
      formatsTable(),
      ...formats().formats.map(formatSection),
    ),
};

/** What boots each medium, in the words of the tables. */
const BOOTS = {
  kernel: "QEMU's own loader",
  'kernel-root': "QEMU's own loader, root on a disk",
  'bios-disk': 'disk, BIOS',
  'efi-disk': 'disk, UEFI',
  'ab-disk': 'disk, UEFI',
  'bios-cd': 'CD, BIOS',
  'efi-cd': 'CD, UEFI',
  'hybrid-cd': 'CD, BIOS or UEFI',
  'efi-program': 'UEFI starts it',
  netboot: 'iPXE fetches it',
};

export function formatsTable() {
  const { formats: rowsOf, fileNames } = formats();
  const rows = rowsOf.map((format) => [
    `\`${format.name}\``,
    format.description,
    fileNames(format, 'my-os')
      .map((file) => `\`${file}\``)
      .join(', '),
    format.medium ? BOOTS[format.medium] : '',
  ]);
  return table(['format', 'what it is', 'files of `my-os`', '`nx boot my-os --format`'], rows);
}

function formatSection({ name, architectures, options = [] }) {
  const facts = [
    architectures ? `Architectures: ${architectures.join(', ')}.` : '',
    options.length > 0
      ? `Options of an entry in \`outputs\`: ${options.map((o) => `\`${o}\``).join(', ')}.`
      : '',
  ].filter((text) => text);
  return [`## ${name}`, formatText(name), facts.join(' ')].filter((part) => part).join('\n\n');
}

/** The section of a format in formats.md, without its heading. */
function formatText(name) {
  const section = readText(`${FORMATS}/formats.md`)
    .split(/^## /m)
    .find((text) => text.startsWith(`${name}\n`));
  if (!section) throw new Error(`${FORMATS}/formats.md has no section ${name}`);
  return section.slice(name.length).trim();
}

/** A stage's own version, and all stages upstream: `stageVersion` has both, as `extract1,image1,pull1`. */
function versionAndUpstream(name) {
  const { stageNames, stageVersion } = stages();
  const versions = Object.fromEntries(
    stageVersion(name)
      .split(',')
      .map((entry) => entry.match(/^(.*?)(\d+)$/).slice(1)),
  );
  const upstream = stageNames.filter((other) => other !== name && other in versions);
  return [versions[name], upstream.map((other) => `\`${other}\``).join(', ')];
}

/** The text of a README without its title, with links that hold from docs/reference. */
function readme(folder) {
  const text = readText(`${folder}/README.md`)
    .replace(/^# .*\n+/, '')
    .trim();
  return text.replace(
    /\]\((?!https?:|#)([^)]+)\)/g,
    (_, target) => `](${join('../..', dirname(`${folder}/x`), target)})`,
  );
}

/** Options that are objects: the interfaces that say their keys. */
const OBJECTS = {
  SignaturesOption: {
    option: 'signatures',
    parts: [
      [POLICY, 'SignaturesOption'],
      [POLICY, 'KeyOption', 'Signed with a key:'],
      [POLICY, 'IdentityOption', 'Signed without a long-lived key, by an identity:'],
    ],
  },
  SecureBootSettings: {
    option: 'secureBoot',
    parts: [[`${STAGES}/plan/secure-boot-settings.ts`, 'SecureBootSettings']],
  },
  SigningOptions: { option: 'sign', parts: [[`${PLUGIN}/src/options.ts`, 'SigningOptions']] },
};

function membersOf(file, name) {
  return interfaceMembers(file, name).map((member) => [
    `\`${member.name}\``,
    ...typeAndText(member.type, member.text),
  ]);
}

/** Types that stand for a list of literals, with the file and name of the list. */
const LITERALS = {
  Compressor: [`${STAGES}/plan/settings.ts`, 'compressors'],
  PrivilegePolicy: [`${STAGES}/plan/settings.ts`, 'privilegePolicies'],
  LoaderName: [`${FORMATS}/src/loaders.ts`, 'loaderNames'],
  Action: [POLICY, 'ACTIONS'],
};

/**
 * A type as nx.json has it: without TypeScript's `readonly` and `Readonly`, and with literals in place of their
 * type's name.
 */
function typeAndText(type, text) {
  const plain = type.replace(/readonly /g, '').replace(/^Readonly<(.*)>$/, '$1');
  if (plain in OBJECTS) return [`[object](#${OBJECTS[plain].option.toLowerCase()})`, text];
  if (plain.includes('AuthorityOption')) return ['`Record<string, …>`', text];
  const name = Object.keys(LITERALS).find((candidate) => plain.includes(candidate));
  if (!name) return [`\`${plain}\``, text];
  const { values, text: ofList } = literalList(...LITERALS[name]);
  const list = values.map((value) => `\`${value}\``).join(', ');
  return plain === name
    ? [list, text || ofList]
    : [`\`${plain.replace(name, 'string')}\``, `${text} Names: ${list}.`];
}

function page(from, ...parts) {
  return `${[banner(from), ...parts].join('\n\n')}\n`;
}
