// Makes mistakes one after the other, and tells what a person gets. Standard input holds them as JSON, see mistake.ts;
// standard output gets a list of texts. It runs the plugin as Nx does, in one process for all: inference, Nx's own
// reading of options, and the executor. A process of its own, because a failed `boot` sets the exit code of its process.
const { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } = require('node:fs');
const { tmpdir } = require('node:os');
const { dirname, join } = require('node:path');
const { combineOptionsForExecutor } = require('nx/src/utils/params');

const PLUGIN = join(__dirname, '../../packages/nx-linuxkit');
const { executors } = require(join(PLUGIN, 'executors.json'));
const { createNodes } = require(PLUGIN);
const GLOB = /(^|\/)(linuxkit|[^/]*\.linuxkit|build)\.(yml|yaml|lock\.json|signatures\.json)$/;

async function main() {
  // Each failed `boot` adds a listener.
  process.setMaxListeners(0);
  const mistakes = JSON.parse(readFileSync(0, 'utf8'));
  const texts = [];
  for (const mistake of mistakes) texts.push(await saidFor(mistake));
  // A failed `boot` has asked for another exit code.
  process.removeAllListeners('exit');
  process.stdout.write(JSON.stringify(texts), () => process.exit(0));
}

async function saidFor({ files, plugin = {}, project = 'os', target, options = {}, env = {} }) {
  const root = mkdtempSync(join(tmpdir(), 'nx-linuxkit-mistake-'));
  const before = { ...process.env };
  Object.assign(process.env, { NX_LINUXKIT_STORE: join(root, 'store'), ...env });
  const nxJson = { plugins: [{ plugin: 'nx-linuxkit', options: plugin }] };
  try {
    write(root, { 'nx.json': `${JSON.stringify(nxJson, null, 2)}\n`, ...files });
    const said = await capture(async () => {
      const projects = await infer(root, Object.keys(files), plugin, nxJson);
      await run({ root, nxJson, projects, project, target, options });
    });
    return said.replaceAll(root, '<workspace>');
  } finally {
    rmSync(root, { recursive: true, force: true });
    process.env = before;
  }
}

function write(root, files) {
  for (const [path, text] of Object.entries(files)) {
    mkdirSync(dirname(join(root, path)), { recursive: true });
    writeFileSync(join(root, path), text);
  }
}

async function infer(root, paths, plugin, nxJsonConfiguration) {
  const files = paths.filter((path) => GLOB.test(path));
  const results = await createNodes[1](files, plugin, { workspaceRoot: root, nxJsonConfiguration });
  const projects = results.flatMap(([, found]) => Object.values(found.projects ?? {}));
  return Object.fromEntries(projects.map((project) => [project.name, project]));
}

/** Runs a target; without a name `build`, or the first format where `build` only reports what the graph has made. */
async function run({ root, nxJson, projects, project, target, options }) {
  const { targets } = projects[project];
  const name = target ?? (targets.build.options.stage === 'build' ? targets.build.dependsOn[0] : 'build');
  const executor = targets[name].executor.split(':')[1];
  const schema = require(join(PLUGIN, executors[executor].schema));
  const combined = combineOptionsForExecutor(
    options,
    undefined,
    targets[name],
    JSON.parse(JSON.stringify(schema)),
    project,
    '.',
  );
  const context = {
    root,
    cwd: root,
    isVerbose: false,
    nxJsonConfiguration: nxJson,
    projectsConfigurations: { version: 2, projects },
    projectName: project,
    targetName: name,
    target: targets[name],
    // The graph has run nothing, so that an executor makes what it needs.
    taskGraph: { roots: [], tasks: {}, dependencies: {}, continuousDependencies: {} },
  };
  const { default: implementation } = require(join(PLUGIN, executors[executor].implementation));
  const result = implementation(combined, context);
  let success;
  if (result[Symbol.asyncIterator]) for await (const one of result) ({ success } = one);
  else ({ success } = await result);
  if (success) console.error('no error');
}

/** What work writes to standard error: what is wrong. */
async function capture(work) {
  const lines = [];
  const kept = { ...console };
  console.error = (line) => lines.push(line);
  console.warn = (line) => lines.push(line);
  console.log = () => undefined;
  try {
    await work();
  } catch (error) {
    lines.push(`a defect: ${error.stack}`);
  } finally {
    Object.assign(console, kept);
  }
  return lines.join('\n');
}

main();
