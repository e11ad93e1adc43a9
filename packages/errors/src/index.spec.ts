import { describe as describeError, Fault, formatWhere } from './index.js';

class BakeryError extends Fault<'burnt'> {}

describe('describe', () => {
  it('writes the message of a failed system call, which says what failed and where, without a stack', () => {
    const failed = Object.assign(new Error("ENOENT: no such file or directory, open '/x'"), {
      code: 'ENOENT',
      syscall: 'open',
    });
    expect(describeError(failed)).toBe("ENOENT: no such file or directory, open '/x'");
  });

  it('writes the place, the message, each cause and the hint of a fault, without its stack', () => {
    const oven = new Error('the oven is broken', { cause: new Error('no power') });
    const error = new BakeryError('burnt', 'expected 20 minutes, got 40', {
      where: { file: 'cake.yml', line: 3, column: 5 },
      hint: 'Call an electrician.',
      cause: oven,
    });
    expect(describeError(error)).toBe(
      [
        'cake.yml:3:5: expected 20 minutes, got 40',
        '  because: the oven is broken',
        '  because: no power',
        '  hint: Call an electrician.',
      ].join('\n'),
    );
    expect(error).toMatchObject({ name: 'BakeryError', code: 'burnt', cause: oven });
  });

  it('writes the message alone where a fault has no details', () => {
    expect(describeError(new BakeryError('burnt', 'expected 20 minutes, got 40'))).toBe(
      'expected 20 minutes, got 40',
    );
  });

  it('keeps the stack of any other error', () => {
    const defect = new TypeError('x is not a function');
    expect(describeError(defect)).toBe(defect.stack);
  });

  it('writes a thrown value that is not an error as text', () => {
    expect(describeError('no')).toBe('no');
  });
});

describe('formatWhere', () => {
  it.each([
    [{ file: 'a.yml' }, 'a.yml'],
    [{ file: 'a.yml', line: 3 }, 'a.yml:3'],
    [{ file: 'a.yml', line: 3, column: 5 }, 'a.yml:3:5'],
    [{ file: 'a.yml', column: 5 }, 'a.yml'],
  ])('writes %j as %s', (where, text) => expect(formatWhere(where)).toBe(text));
});
