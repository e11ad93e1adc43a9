// What jest's reports say: `files` are what tools/jest/reporter.cjs writes.

/** Counts a file that does not load as one failed test, because it has no tests to count. */
export function totalOf(files) {
  const count = (...statuses) =>
    files.flatMap(testsOf).filter(({ status }) => statuses.includes(status)).length;
  const unloaded = files.filter((file) => file.status === 'failed' && failedTests(file).length === 0);
  return {
    passed: count('passed'),
    failed: count('failed') + unloaded.length,
    skipped: count('pending', 'skipped', 'todo', 'disabled'),
  };
}

/** One line for each test that failed; the first words of the message for a file that does not load. */
export function failuresOf(files) {
  return files
    .filter(({ status }) => status === 'failed')
    .flatMap((file) => {
      const tests = failedTests(file);
      const names = tests.length > 0 ? tests : [file.message.replace(/\s+/g, ' ').trim().slice(0, 200)];
      return names.map((name) => `${file.name}: ${name}`);
    });
}

/** The files of a first run, with those that ran again as they were the second time. */
export function withSecondRun(first, second) {
  const again = new Map(second.map((file) => [file.name, file]));
  return first.map((file) => again.get(file.name) ?? file);
}

/** Names of tests that failed in the first run and passed in the second; of a file that did not load, the file's name. */
export function passedAgain(first, second) {
  const before = new Map(first.map((file) => [file.name, file]));
  return second.flatMap((file) => {
    const failed = failedTests(before.get(file.name));
    if (failed.length === 0) return file.status === 'passed' ? [file.name] : [];
    const passed = testsOf(file).filter(
      ({ status, fullName }) => status === 'passed' && failed.includes(fullName),
    );
    return passed.map(({ fullName }) => `${file.name}: ${fullName}`);
  });
}

const testsOf = (file) => file.assertionResults;
const failedTests = (file) =>
  testsOf(file)
    .filter(({ status }) => status === 'failed')
    .map(({ fullName }) => fullName);
