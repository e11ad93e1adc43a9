/** Gives the mode that `--chmod` makes of a mode: the low 12 bits of both. */
export type ModeChange = (mode: number, isFolder: boolean) => number;

/** One step of a symbolic mode. `before` is the mode before the first one. */
type Step = (mode: number, before: number, isFolder: boolean) => number;

/** The bits of a class; the sticky bit is in none of them. */
const CLASSES: Readonly<Record<string, number>> = { u: 0o4700, g: 0o2070, o: 0o007, a: 0o6777 };
/** How far the permissions of a class are to the left of those of others. */
const SHIFTS: Readonly<Record<string, number>> = { u: 6, g: 3, o: 0 };
const PERMISSIONS: Readonly<Record<string, number>> = { r: 0o444, w: 0o222, x: 0o111 };
const EXECUTE = 0o111;
const SET_IDS = 0o6000;
const STICKY = 0o1000;

/**
 * Reads a mode of `--chmod`: octal digits such as 0755, or letters such as `u=rwX,go=rX`, which change the mode that a
 * source has, as in BSD's setmode(3) without an umask, which BuildKit follows. Undefined for anything else.
 * https://docs.docker.com/reference/dockerfile/#copy---chown---chmod
 */
export function parseMode(text: string): ModeChange | undefined {
  if (/^[0-7]{1,5}$/.test(text)) {
    const mode = parseInt(text, 8);
    return mode > 0o7777 ? undefined : () => mode;
  }
  const clauses = text.split(',').map((clause) => /^([ugoa]*)((?:[-+=][rwxXstugo]*)+)$/.exec(clause));
  if (clauses.includes(null)) return undefined;
  const steps = (clauses as RegExpExecArray[]).flatMap(([, classes, actions]) => {
    const bits = [...classes].reduce((sum, letter) => sum | CLASSES[letter], 0);
    return [...actions.matchAll(/([-+=])([^-+=]*)/g)].flatMap(([, sign, letters]) =>
      stepsOf(bits, sign, letters),
    );
  });
  return (mode, isFolder) => steps.reduce((current, step) => step(current, mode, isFolder), mode);
}

/** The steps of one sign and its letters; `classes` is 0 if the clause names none, which stands for all. */
function stepsOf(classes: number, sign: string, letters: string): Step[] {
  const steps: Step[] = [];
  const hasIds = classes === 0 || (classes & ~CLASSES.o) !== 0;
  let [affected, permissions, ifExecutable] = [classes, 0, 0];
  let isAssigned = sign !== '=';
  for (const letter of letters) {
    if (letter in SHIFTS) {
      flush(permissions !== 0);
      steps.push(copied(affected, sign, SHIFTS[letter]));
      isAssigned = true;
    } else if (letter === 'X' && sign !== '-') ifExecutable = EXECUTE;
    else if (letter === 'X') permissions |= EXECUTE;
    else if (letter === 's') permissions |= hasIds ? SET_IDS : 0;
    else if (letter === 't' && hasIds) {
      affected |= STICKY;
      permissions |= STICKY;
    } else permissions |= PERMISSIONS[letter] ?? 0;
  }
  flush(permissions !== 0 || !isAssigned);
  return steps;

  function flush(hasChange: boolean): void {
    const bits = affected === 0 ? permissions : permissions & affected;
    const cleared = sign === '=' ? affected || CLASSES.a : bits;
    if (hasChange && sign !== '+') steps.push((mode) => mode & ~cleared);
    if (hasChange && sign !== '-') steps.push((mode) => mode | bits);
    if (hasChange) isAssigned = true;
    const executable = affected === 0 ? ifExecutable : ifExecutable & affected;
    if (executable !== 0)
      steps.push((mode, before, isFolder) => (isFolder || before & EXECUTE ? mode | executable : mode));
    [permissions, ifExecutable] = [0, 0];
  }
}

/** Gives the classes the permissions of one of them. */
function copied(affected: number, sign: string, shift: number): Step {
  const shifts = Object.values(SHIFTS).filter((to) => affected === 0 || affected & (0o4 << to));
  return (mode) => {
    const value = (mode >> shift) & 0o7;
    return shifts.reduce((current, to) => {
      const kept = sign === '+' ? current : current & ~((sign === '=' ? 0o7 : value) << to);
      return sign === '-' ? kept : kept | (value << to);
    }, mode);
  };
}
