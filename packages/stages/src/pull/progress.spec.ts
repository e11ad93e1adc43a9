import { PullProgress } from './progress.js';

describe('progress of a pull', () => {
  let now = 0;
  beforeEach(() => {
    now = 0;
    jest.spyOn(performance, 'now').mockImplementation(() => now);
  });
  afterEach(() => jest.restoreAllMocks());

  test('a short pull says nothing', () => {
    const lines: string[] = [];
    const progress = new PullProgress('nginx', (line) => lines.push(line), 2000);
    now = 2999;
    progress.add(5e6);
    expect(lines).toEqual([]);
  });

  test('a long pull reports its progress once an interval', () => {
    const lines: string[] = [];
    const progress = new PullProgress('nginx', (line) => lines.push(line), 2000);
    for (now = 500; now <= 7000; now += 500) progress.add(1e6);
    expect(lines).toEqual([
      'pull nginx: 6.0 MB so far',
      'pull nginx: 10.0 MB so far',
      'pull nginx: 14.0 MB so far',
    ]);
  });
});
