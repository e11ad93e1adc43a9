// What was measured so far, by the name of what it is of; the floor of `cold` is `N cold`.
import { median } from './measure.mjs';

export class Samples {
  #taken = new Map();

  add(id, sample) {
    if (!this.#taken.has(id)) this.#taken.set(id, []);
    this.#taken.get(id).push(sample);
  }

  /** Medians of samples that have no floor. */
  own(id) {
    const samples = this.#taken.get(id) ?? [];
    const of = (key) => median(samples.map((sample) => sample[key]));
    return { wall: of('wall'), cpu: of('cpu'), rss: of('rss') };
  }

  medians(id) {
    const [real, floor] = [this.#taken.get(id), this.#taken.get(`N ${id}`)];
    const of = (samples, key) => median(samples.map((sample) => sample[key]));
    return {
      wall: of(real, 'wall'),
      cpu: of(real, 'cpu'),
      rss: of(real, 'rss'),
      daemonRss: of(real, 'daemonRss'),
      written: of(real, 'written'),
      executed: of(real, 'executed'),
      cache: of(real, 'cache'),
      floor: {
        wall: of(floor, 'wall'),
        cpu: of(floor, 'cpu'),
        rss: of(floor, 'rss'),
        executed: of(floor, 'executed'),
      },
      walls: real.map(({ wall }) => round(wall)),
      floorWalls: floor.map(({ wall }) => round(wall)),
    };
  }

  /** Medians of inflating and compressing anew all layers, and those of one image. */
  floors() {
    const of = (id, key) => median(this.#taken.get(id).map((sample) => sample[key]));
    const all = (key) => ({
      U: of('U', key),
      G: of('G', key),
      imageU: of('U image', key),
      imageG: of('G image', key),
    });
    return { ...all('wall'), cpu: all('cpu') };
  }
}

/** To milliseconds, or thousandths. */
export const round = (value) => Math.round(value * 1000) / 1000;
