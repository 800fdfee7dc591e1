// Microphone worklet: 16 kHz mono int16 in blocks of 32 ms, each with the time at which its first sample was heard.
import { Sinc } from "./sinc.js";

const RATE = 16000, BLOCK = 512, SIZE = 65536;

class Listen extends AudioWorkletProcessor {
  constructor() {
    super();
    this.ring = new Float32Array(SIZE);
    this.written = 0;
    this.ratio = sampleRate / RATE;
    this.filter = new Sinc(this.ratio);
    this.position = this.filter.half;
    this.block = new Int16Array(BLOCK);
    this.count = 0;
    this.number = 0;
    this.begin = 0; // context frame of ring sample 0
    this.port.onmessage = ({ data }) => {
      if (data.port) this.link = data.port;
      if (data.shift !== undefined) this.shift = data.shift; // shared time minus context time of a sample heard, s
      if (data.stop) this.stopped = true;
    };
  }

  process(inputs) {
    const input = inputs[0][0];
    if (this.stopped) return false;
    if (!input) return true;
    if (currentFrame - this.begin !== this.written) { // the context skipped: number the hole's samples, too
      this.begin = currentFrame - this.written;
    }
    for (let i = 0; i < input.length; i++) this.ring[this.written++ % SIZE] = input[i];
    while (this.position + this.filter.half < this.written) {
      const x = this.filter.at(this.ring, SIZE, this.position, 0, this.written) * 32768;
      if (this.count === 0) this.first = (this.begin + this.position) / sampleRate;
      this.block[this.count++] = Math.max(-32768, Math.min(32767, Math.round(x)));
      this.position += this.ratio;
      if (this.count === BLOCK) this.send();
    }
    return true;
  }

  send() {
    this.count = 0;
    const number = this.number++;
    let sum = 0;
    for (const x of this.block) sum += x * x;
    this.port.postMessage({ level: Math.sqrt(sum / BLOCK) / 32768 });
    if (!this.link || this.shift === undefined) return;
    const pcm = this.block.slice().buffer;
    this.link.postMessage({ pcm, number, at: (this.first + this.shift) * 1000 }, [pcm]);
  }
}

registerProcessor("listen", Listen);
