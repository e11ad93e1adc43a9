// Stands in for buildctl and for `docker buildx`: it takes the arguments of these programs and no other, and builds by
// buildah. argv: the program's name, then its arguments.
const { execFileSync } = require('node:child_process');
const { appendFileSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } = require('node:fs');
const { join } = require('node:path');

const [program, ...args] = process.argv.slice(2);
appendFileSync(join(__dirname, 'calls.jsonl'), `${JSON.stringify([program, ...args])}\n`);

function refuse(message) {
  console.error(`error: ${message}`);
  process.exit(64);
}

/** The value of a flag that must be given once. */
function one(flags, name) {
  if (flags[name]?.length !== 1) refuse(`expected --${name} once, got ${flags[name]?.length ?? 0}`);
  return flags[name][0];
}

/** Flags as `--name=value` or `--name value` for those in `spaced`; anything else is refused. */
function parse(words, known, spaced, rest) {
  const flags = {};
  const given = [];
  for (let i = 0; i < words.length; i += 1) {
    const match = /^--([a-z-]+)(?:=(.*))?$/s.exec(words[i]);
    if (!match) given.push(words[i]);
    else if (!known.includes(match[1])) refuse(`unknown flag --${match[1]}`);
    else (flags[match[1]] ??= []).push(match[2] ?? (spaced.includes(match[1]) ? words[(i += 1)] : ''));
  }
  if (given.length !== rest) refuse(`expected ${rest} arguments, got ${given.join(' ')}`);
  return { flags, given };
}

function split(text, separator) {
  const at = text.indexOf(separator);
  return [text.slice(0, at), text.slice(at + separator.length)];
}

function buildctl(words) {
  const known = ['frontend', 'progress', 'no-cache', 'local', 'opt', 'oci-layout', 'secret', 'ssh', 'output'];
  const { flags } = parse(words, known, ['opt'], 0);
  if (one(flags, 'frontend') !== 'dockerfile.v0') refuse('unknown frontend');
  const local = Object.fromEntries(flags.local.map((text) => split(text, '=')));
  const layouts = Object.fromEntries((flags['oci-layout'] ?? []).map((text) => split(text, '=')));
  const opts = flags.opt.map((text) => split(text, '='));
  const contexts = opts.filter(([name]) => name.startsWith('context:'));
  const build = { args: {}, images: {} };
  for (const [name, value] of contexts) {
    const [, layout, digest] = /^oci-layout:\/\/([\w-]+)@(sha256:[0-9a-f]{64})$/.exec(value) ?? refuse(value);
    build.images[name.slice('context:'.length)] = { layout: layouts[layout], digest };
  }
  for (const [name, value] of opts) {
    if (name.startsWith('build-arg:')) build.args[name.slice('build-arg:'.length)] = value;
    else if (name === 'platform') build.platform = value;
    else if (name === 'force-network-mode') build.isolated = value === 'none' || refuse(value);
    else if (!name.startsWith('context:')) refuse(`unknown option ${name}`);
  }
  return { ...build, context: local.context, file: join(local.dockerfile, 'Dockerfile'), flags };
}

function buildx(words) {
  const known = ['progress', 'no-cache', 'provenance', 'sbom', 'platform', 'network', 'build-context'];
  const { flags, given } = parse(
    words,
    [...known, 'build-arg', 'secret', 'ssh', 'file', 'output'],
    ['build-arg'],
    1,
  );
  const images = {};
  for (const text of flags['build-context'] ?? []) {
    const [name, value] = split(text, '=');
    const [, layout, digest] = /^oci-layout:\/\/(\/.*)@(sha256:[0-9a-f]{64})$/.exec(value) ?? refuse(value);
    images[name] = { layout, digest };
  }
  const isolated = { none: true, default: false }[one(flags, 'network')] ?? refuse('unknown network');
  const build = { platform: one(flags, 'platform'), context: given[0], file: one(flags, 'file') };
  const args = Object.fromEntries((flags['build-arg'] ?? []).map((text) => split(text, '=')));
  return { ...build, isolated, images, args, flags };
}

function build({ platform, context, file, isolated = false, images, args: given, flags }) {
  const [, archive] = /^type=oci,dest=(\/.+)$/.exec(one(flags, 'output')) ?? refuse('unknown output');
  if (one(flags, 'progress') !== 'plain' || !statSync(context).isDirectory())
    refuse('no plain log, or no context');
  const work = mkdtempSync(join(__dirname, 'work-'));
  const storage = ['--root', join(work, 'root'), '--runroot', join(work, 'run'), '--storage-driver', 'vfs'];
  const run = (words, stdio) => {
    const command = ['buildah', ...storage, ...words];
    const [first, ...rest] = isolated ? ['unshare', '--net', ...command] : command;
    return execFileSync(first, rest, { cwd: work, stdio, encoding: 'utf8' });
  };
  try {
    let text = readFileSync(file, 'utf8');
    for (const [name, { layout, digest }] of Object.entries(images)) {
      const index = JSON.parse(readFileSync(join(layout, 'index.json'), 'utf8'));
      if (index.manifests[0].digest !== digest) refuse(`${name} is ${index.manifests[0].digest}`);
      execFileSync('cp', ['-r', layout, join(work, name)]);
      const id = run(['pull', '--quiet', `oci:${name}`]).trim();
      text = text.replaceAll(new RegExp(`(?<=^FROM )${name}(?= )|(?<=from=)${name}(?=[ ,])`, 'gm'), id);
    }
    writeFileSync(join(work, 'Dockerfile'), text);
    const more = ['secret', 'ssh'].flatMap((name) =>
      (flags[name] ?? []).map((value) => `--${name}=${value}`),
    );
    const values = Object.entries(given).flatMap(([name, value]) => ['--build-arg', `${name}=${value}`]);
    const fixed = ['build', '--isolation', 'chroot', '--network', 'host', '--pull-never', '--layers=true'];
    run(
      [...fixed, '--platform', platform, ...values, ...more, '--iidfile', 'id', '-f', 'Dockerfile', context],
      'inherit',
    );
    run(['push', '--quiet', readFileSync(join(work, 'id'), 'utf8').trim(), `oci-archive:${archive}`]);
  } finally {
    rmSync(work, { recursive: true, force: true });
  }
}

const [first, second, ...rest] = args;
if (program === 'buildctl') {
  if (!process.env.BUILDKIT_HOST) refuse('no daemon');
  if (args.join(' ') === '--version') console.log('buildctl stand-in 1');
  else if (args.join(' ') === 'debug workers') console.log('ID PLATFORMS');
  else if (first === 'build') build(buildctl(args.slice(1)));
  else refuse(`unknown command ${first}`);
} else if (first !== 'buildx') refuse('only buildx');
else if (second === 'version') console.log('buildx stand-in 1');
else if (second === 'inspect') console.log('Name: x\nDriver: docker-container');
else if (second === 'build') build(buildx(rest));
else refuse(`unknown command ${second}`);
