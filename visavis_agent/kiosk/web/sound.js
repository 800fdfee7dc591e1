// Loudspeaker and microphone of the page; anchor = context time that is audible now - shared time (timeOrigin + now), s.
import { OutputClock } from "./clock.js";

const STUCK_MS = 600, INPUT_MS = 20;
const time = () => performance.timeOrigin + performance.now();

export class Sound {
  constructor(changed, level) {
    this.changed = changed;
    this.level = level;
    this.clock = new OutputClock();
    this.anchor = null;
    this.sent = null;
    this.latency = 0;
    this.stream = null;
    this.moved = { context: -1, at: 0 };
    this.possible = window.isSecureContext && "AudioWorkletNode" in window;
  }

  // Returns the port on which the playback worklet takes runs and tells its position; null where there is no sound.
  async open() {
    try {
      this.context = new AudioContext({ sampleRate: 48000, latencyHint: "interactive" });
      await this.context.audioWorklet.addModule("play.js");
    } catch {
      this.possible = false;
      return null;
    }
    this.player = new AudioWorkletNode(this.context, "play", { numberOfInputs: 0, outputChannelCount: [1] });
    this.player.connect(this.context.destination);
    const { port1, port2 } = new MessageChannel();
    this.player.port.postMessage({ port: port2 }, [port2]);
    this.context.onstatechange = () => this.changed();
    const wake = () => this.context.state !== "running" && this.context.resume();
    for (const name of ["pointerup", "keydown", "click"]) addEventListener(name, wake, true);
    navigator.mediaDevices?.addEventListener("devicechange", () => this.clock.forget());
    setInterval(() => this.measure(), 50);
    return port1;
  }

  get running() {
    return this.possible && this.context?.state === "running";
  }

  get ready() {
    return this.running && this.anchor !== null && !this.stuck;
  }

  get stuck() {
    return time() - this.moved.at > STUCK_MS;
  }

  get hearing() {
    return this.stream !== null;
  }

  measure() {
    if (!this.running) return;
    if (this.context.currentTime !== this.moved.context) this.moved = { context: this.context.currentTime, at: time() };
    const { contextTime, performanceTime } = this.context.getOutputTimestamp();
    const zero = performance.timeOrigin / 1000;
    if (performanceTime > 0 && contextTime > 0) {
      this.read(contextTime - performanceTime / 1000 - zero, this.context.currentTime - time() / 1000);
    }
    if (this.ready === this.told) return;
    this.told = this.ready;
    this.changed();
  }

  read(audible, computed) {
    this.anchor = this.clock.read(audible, computed);
    const latency = (this.clock.top - this.anchor) * 1000;
    if (Math.abs(latency - this.latency) > 8) {
      this.latency = Math.max(0, latency);
      this.changed();
    }
    if (this.sent === null || Math.abs(this.anchor - this.sent) > 0.0003) {
      this.sent = this.anchor;
      this.player.port.postMessage({ anchor: this.anchor });
      this.shift();
    }
  }

  // The microphone's samples were in the air before their context time is computed.
  shift() {
    const input = (this.stream?.getAudioTracks()[0].getSettings().latency ?? 0.01) * 1000;
    const shift = -this.anchor - (this.latency + input + INPUT_MS) / 1000;
    this.listener?.port.postMessage({ shift });
  }

  // Returns the port on which blocks come. Raises what getUserMedia raises.
  async listen() {
    const stream = await navigator.mediaDevices.getUserMedia({
      audio: { echoCancellation: true, noiseSuppression: true, autoGainControl: true, channelCount: 1 },
    });
    await this.context.audioWorklet.addModule("listen.js");
    this.stream = stream;
    this.listener = new AudioWorkletNode(this.context, "listen", { numberOfOutputs: 0 });
    this.source = this.context.createMediaStreamSource(stream);
    this.source.connect(this.listener);
    const { port1, port2 } = new MessageChannel();
    this.listener.port.onmessage = ({ data }) => this.level(data.level);
    this.listener.port.postMessage({ port: port2 }, [port2]);
    if (this.anchor !== null) this.shift();
    stream.getAudioTracks()[0].onended = () => this.deafen();
    this.changed();
    return port1;
  }

  deafen() {
    if (!this.stream) return;
    this.listener.port.postMessage({ stop: true });
    this.source.disconnect();
    for (const track of this.stream.getTracks()) track.stop();
    this.stream = this.listener = this.source = null;
    this.level(0);
    this.changed();
  }
}
