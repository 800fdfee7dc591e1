// Band-limited interpolation (windowed sinc), for any ratio of sample rates.
const HALF = 16, PHASES = 256;

export class Sinc {
  // ratio: input samples per output sample.
  constructor(ratio) {
    const cutoff = Math.min(1, 1 / ratio) * 0.94;
    this.half = Math.ceil(HALF * Math.max(1, ratio));
    const width = 2 * this.half;
    this.table = new Float32Array((PHASES + 1) * width);
    for (let phase = 0; phase <= PHASES; phase++) {
      let sum = 0;
      for (let k = 0; k < width; k++) {
        const x = k - this.half + 1 - phase / PHASES;
        const angle = Math.PI * x * cutoff;
        const window = 0.5 + 0.5 * Math.cos((Math.PI * x) / this.half);
        const value = Math.abs(x) >= this.half ? 0 : (angle === 0 ? 1 : Math.sin(angle) / angle) * window;
        this.table[phase * width + k] = value;
        sum += value;
      }
      for (let k = 0; k < width; k++) this.table[phase * width + k] /= sum;
    }
  }

  // The signal at `position` of a ring of `size` samples; nothing is known before `low` and from `end` on.
  at(ring, size, position, low, end) {
    const whole = Math.floor(position), width = 2 * this.half;
    const phase = (position - whole) * PHASES, row = Math.floor(phase), share = phase - row;
    const first = whole - this.half + 1;
    let a = 0, b = 0;
    for (let k = Math.max(0, low - first), stop = Math.min(width, end - first); k < stop; k++) {
      const x = ring[(first + k) % size];
      a += x * this.table[row * width + k];
      b += x * this.table[(row + 1) * width + k];
    }
    return a + (b - a) * share;
  }
}
