// Which instant of an audio context is heard when. Two things are known: how far the context has computed, which is
// steady and falls by each hole in the sound, and what the sound server says is audible. The latter can be wrong: for
// twenty seconds after a stream has begun PulseAudio has been seen to tell of up to 250 ms too much latency, while its
// clock settles; it saws by some 5 ms ever after. The least latency of the last half minute is believed.
const NEWEST = 8, STEP_S = 0.004, FOLLOWED = 0.02, HOLE_S = 0.06, UNSURE = 10, BLOCK = 10, BLOCKS = 60, SAW_S = 0.003;
const median = (values) => [...values].sort((a, b) => a - b)[values.length >> 1];

export class OutputClock {
  constructor() {
    this.computed = []; // the newest: context time computed minus shared time, s
    this.top = null; // just after a block was computed, and what `read` compares with
    this.block = [];
    this.forget();
  }

  // The loudspeaker may be another one: what was known of its latency is void.
  forget() {
    this.latencies = []; // of blocks, s
    this.unsure = UNSURE;
  }

  // Takes a reading, both in s: context time audible, and computed, minus shared time. Returns the first as it is
  // believed to be; call it every 50 ms.
  read(audible, computed) {
    this.computed = [...this.computed, computed].slice(-NEWEST);
    this.follow(Math.max(...this.computed));
    if (--this.unsure < 0) this.block.push(this.top - audible);
    if (this.block.length === BLOCK) this.latencies = [...this.latencies, median(this.block.splice(0))].slice(-BLOCKS);
    if (!this.latencies.length) return audible;
    return this.top - Math.min(...this.latencies) - SAW_S;
  }

  follow(top) {
    const step = this.top === null ? Infinity : Math.abs(top - this.top);
    this.top = step > STEP_S ? top : this.top + FOLLOWED * (top - this.top);
    if (step < HOLE_S) return;
    this.unsure = UNSURE; // readings of a stream that begins say nothing yet
    this.block = [];
  }
}
