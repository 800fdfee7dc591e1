// Playback worklet: plays runs of a reply. Its position counts samples of the reply; it tells when which one is heard.
import { Sinc } from "./sinc.js";

const SIZE = 48000 * 16, FADE_OUT_S = 0.02, FADE_IN_S = 0.005, REBUFFER_S = 0.06, REPORT_S = 0.05;

class Play extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ring = new Float32Array(SIZE);
    this.run = -1;
    this.state = "idle";
    this.anchor = null; // audible context time minus shared time, s
    this.gain = 1;
    this.goal = 1;
    this.filters = new Map();
    this.port.onmessage = (event) => this.take(event.data);
  }

  take(message) {
    if (message.port) {
      this.link = message.port;
      this.link.onmessage = (event) => this.take(event.data);
    } else if (message.anchor !== undefined) this.anchor = message.anchor;
    else if (message.start !== undefined) this.start(message);
    else if (message.pcm) this.fill(message);
    else if (message.stop === this.run) this.goal = 0;
  }

  start({ start, sample, rate, at }) {
    this.run = start;
    this.rate = rate;
    this.position = sample;
    this.low = this.end = null;
    this.closed = false;
    this.due = at;
    this.state = "waiting";
    this.gain = 0;
    this.goal = 1;
    this.ratio = rate / sampleRate;
    if (!this.filters.has(rate)) this.filters.set(rate, new Sinc(this.ratio));
    this.filter = this.filters.get(rate);
  }

  fill({ pcm, skip, run, sample, last }) {
    if (run !== this.run) return;
    const samples = new Int16Array(pcm, skip);
    if (this.end === null) this.low = this.end = sample;
    if (sample + samples.length - this.position > SIZE / 2) return; // the server never sends as much
    for (; this.end < sample; this.end++) this.ring[this.end % SIZE] = 0;
    for (let i = this.end - sample; i < samples.length; i++) this.ring[(sample + i) % SIZE] = samples[i] / 32768;
    this.end = Math.max(this.end, sample + samples.length);
    this.low = Math.max(this.low, this.end - SIZE / 2);
    this.closed = this.closed || last;
  }

  report(frame) {
    if (this.anchor === null || !this.link) return;
    this.reported = frame;
    this.link.postMessage({ run: this.run, sample: this.position, at: (frame / sampleRate - this.anchor) * 1000 });
  }

  // Whether sample `frame` of the context carries sound of the reply; changes the state where it must.
  sounds(frame) {
    if (this.state === "playing") {
      if (this.position < this.end) return true;
      this.state = this.closed ? "finished" : "starved";
      this.report(frame);
      return false;
    }
    if (this.end === null || this.goal === 0) return false;
    const enough = this.closed ? this.end > this.position : this.end - this.position >= REBUFFER_S * this.rate;
    const due = this.state === "starved" || (this.state === "waiting" && this.isDue(frame));
    if (!due || !enough) return false;
    this.state = "playing";
    this.report(frame);
    return true;
  }

  isDue(frame) {
    return this.anchor !== null && frame / sampleRate >= this.due / 1000 + this.anchor;
  }

  process(_, outputs) {
    const out = outputs[0][0];
    const jumped = currentFrame !== this.expected; // context time runs on while nobody is asked for sound
    this.expected = currentFrame + out.length;
    if (this.state === "idle" || this.state === "finished") return true;
    for (let i = 0; i < out.length; i++) {
      if (!this.sounds(currentFrame + i)) continue;
      if (this.goal === 0) this.gain = Math.max(0, this.gain - 1 / (FADE_OUT_S * sampleRate));
      else this.gain = Math.min(1, this.gain + 1 / (FADE_IN_S * sampleRate));
      if (this.gain === 0 && this.goal === 0) {
        this.state = "idle";
        this.report(currentFrame + i);
        return true;
      }
      out[i] = this.gain * this.filter.at(this.ring, SIZE, this.position, this.low, this.end);
      this.position += this.ratio;
    }
    if (this.state === "playing" && (jumped || currentFrame - this.reported >= REPORT_S * sampleRate)) {
      this.report(currentFrame + out.length);
    }
    return true;
  }
}

registerProcessor("play", Play);
