import { ancestorsOf, baseOf, cleanPath, joinPath, parentOf } from './path.js';

describe('cleanPath', () => {
  it.each([
    ['a/b', 'a/b'],
    ['./a', 'a'],
    ['/a', 'a'],
    ['//a///b//', 'a/b'],
    ['a/./b/.', 'a/b'],
    ['.', ''],
    ['./', ''],
    ['/', ''],
    ['C:\\x', 'C:\\x'],
    ['\\x', '\\x'],
    ['..a/b..', '..a/b..'],
    ['...', '...'],
    ['a\nb', 'a\nb'],
  ])('cleans %j to %j', (name, path) => expect(cleanPath(name)).toBe(path));

  it.each(['', '..', '../x', 'a/../b', 'a/..', '/..', 'a\0b'])('refuses %j', (name) => {
    expect(() => cleanPath(name)).toThrow(expect.objectContaining({ code: 'unsafe-path' }));
  });
});

it('paths are split and joined', () => {
  expect([parentOf('a/b/c'), parentOf('a'), baseOf('a/b'), baseOf('a')]).toEqual(['a/b', '', 'b', 'a']);
  expect([joinPath('', 'a'), joinPath('a', ''), joinPath('a', 'b')]).toEqual(['a', 'a', 'a/b']);
  expect(ancestorsOf('a/b/c')).toEqual(['a', 'a/b']);
});
