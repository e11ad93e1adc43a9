// What the reference pages are made of: read from the TypeScript sources, so that no build has to run before.
import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import ts from 'typescript';

export const root = join(dirname(fileURLToPath(import.meta.url)), '../..');
export const readText = (path) => readFileSync(join(root, path), 'utf8');
export const readJson = (path) => JSON.parse(readText(path));

const builtIn = createRequire(import.meta.url);
const parse = (path) => ts.createSourceFile(path, readText(path), ts.ScriptTarget.Latest, true);

/**
 * Evaluates a TypeScript module and its imports: relative ones, packages of this repository, and Node's own modules.
 * Imports of types are dropped, and no other import is supported.
 */
export function load(path) {
  const { outputText } = ts.transpileModule(readText(path), {
    compilerOptions: { module: ts.ModuleKind.CommonJS, target: ts.ScriptTarget.ES2022 },
  });
  const module = { exports: {} };
  const require = (name) => (name.startsWith('node:') ? builtIn(name) : load(sourceOf(name, path)));
  new Function('module', 'exports', 'require', outputText)(module, module.exports, require);
  return module.exports;
}

function sourceOf(name, from) {
  const [, folder, file = 'index'] = /^@nx-linuxkit\/([a-z]+)(?:\/([a-z]+))?$/.exec(name) ?? [];
  return folder ? `packages/${folder}/src/${file}.ts` : join(dirname(from), name.replace(/\.js$/, '.ts'));
}

/** Members of an interface with their types and JSDoc. */
export function interfaceMembers(path, name) {
  const source = parse(path);
  const found = source.statements.find((node) => ts.isInterfaceDeclaration(node) && node.name.text === name);
  if (!found) throw new Error(`${path} has no interface ${name}`);
  return found.members.map((member) => ({
    name: member.name.getText(source),
    type: member.type.getText(source).replace(/\s+/g, ' '),
    text: jsDoc(member),
  }));
}

/** `export const names = ['a', 'b'] as const`, with its JSDoc. */
export function literalList(path, name) {
  const source = parse(path);
  for (const statement of source.statements.filter(ts.isVariableStatement)) {
    const [declaration] = statement.declarationList.declarations;
    if (declaration.name.getText(source) !== name) continue;
    return {
      values: declaration.initializer.expression.elements.map(({ text }) => text),
      text: jsDoc(statement),
    };
  }
  throw new Error(`${path} has no list ${name}`);
}

function jsDoc(node) {
  return ts
    .getJSDocCommentsAndTags(node)
    .map(({ comment }) => ts.getTextOfJSDocComment(comment) ?? '')
    .join(' ')
    .replace(/\s+/g, ' ')
    .trim();
}

/** Every class of errors with its package and its codes, in the order of the source. */
export function errorClasses() {
  return readdirSync(join(root, 'packages'))
    .sort()
    .flatMap((name) => sourceFiles(`packages/${name}/src`).flatMap((path) => faultsOf(path, name)));
}

function sourceFiles(folder) {
  if (!existsSync(join(root, folder))) return [];
  return readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.ts') && !/\.spec\.ts$|__tests__|__fixtures__/.test(name))
    .map((name) => `${folder}/${name}`)
    .filter((path) => readText(path).includes('extends Fault<'));
}

function faultsOf(path, packageName) {
  const source = parse(path);
  const aliases = new Map(
    source.statements.filter(ts.isTypeAliasDeclaration).map((node) => [node.name.text, node.type]),
  );
  return source.statements.filter(ts.isClassDeclaration).flatMap((node) => {
    const base = node.heritageClauses?.[0].types[0];
    if (base?.expression.getText(source) !== 'Fault') return [];
    const [argument] = base.typeArguments ?? [];
    const union = ts.isTypeReferenceNode(argument)
      ? aliases.get(argument.typeName.getText(source))
      : argument;
    const members = ts.isUnionTypeNode(union) ? union.types : [union];
    const codes = members.map((member) => member.literal.text);
    return [{ package: packageName, name: node.name.text, codes }];
  });
}
