// Worker: owns both WebSockets, so that a busy page delays neither sound nor pictures. Sound goes straight to the
// playback worklet, pictures are decoded here, everything else goes to the page.
// All times are milliseconds of `timeOrigin + now()`, which page, worker and worklets share.
const PCM = 1, JPEG = 2, MIC = 3, HEADER = 16;
const time = () => performance.timeOrigin + performance.now();

let player = null;
let run = -1;
const exchanges = [];
let offset = null; // CLOCK_MONOTONIC minus time(), ms

class Link {
  constructor(name, url, onText, onPacket) {
    Object.assign(this, { name, url, onText, onPacket, pause: 100, socket: null, opened: 0 });
    this.open();
    setInterval(() => this.ping(), 1000);
  }

  open() {
    const socket = new WebSocket(this.url);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => {
      this.pause = 100;
      postMessage({ link: this.name, up: true });
      for (let i = 0; i < 5; i++) setTimeout(() => this.ping(), i * 40);
    };
    socket.onclose = () => {
      postMessage({ link: this.name, up: false });
      if (this.name === "sound") stop();
      setTimeout(() => this.open(), this.pause);
      this.pause = Math.min(1000, this.pause * 1.5);
    };
    socket.onmessage = (event) => {
      if (typeof event.data !== "string") return this.onPacket(event.data);
      const message = JSON.parse(event.data);
      if (message.type === "pong") pong(message);
      else this.onText(message);
    };
    this.socket = socket;
  }

  ping() { this.send({ type: "ping", sent: time() }); }

  send(message) {
    if (this.socket.readyState !== WebSocket.OPEN) return;
    this.socket.send(message instanceof ArrayBuffer ? message : JSON.stringify(message));
  }
}

// The exchange with the shortest round trip says most; old ones fade, because the two clocks drift.
function pong(message) {
  const now = time();
  exchanges.push({ at: now, trip: now - message.sent, offset: message.mono_ms - (now + message.sent) / 2 });
  if (exchanges.length > 40) exchanges.shift();
  const cost = (e) => e.trip + (now - e.at) * 1e-4;
  offset = exchanges.reduce((best, e) => (cost(e) < cost(best) ? e : best)).offset;
  postMessage({ offset });
}

// ------------------------------------------------------------------------------------------------- screen
let screen, sound;
let decoding = 0;

async function picture(data) {
  const view = new DataView(data);
  if (view.getUint8(0) !== JPEG) return;
  screen.send({ type: "got" });
  if (decoding > 2) return; // decoding falls behind: the newest pictures win
  decoding++;
  try {
    const bitmap = await createImageBitmap(new Blob([new Uint8Array(data, HEADER)], { type: "image/jpeg" }));
    postMessage({ bitmap, due: Number(view.getBigInt64(8, true)) / 1e6 }, [bitmap]);
  } catch {
    // not a picture; the next one will be
  } finally {
    decoding--;
  }
}

// -------------------------------------------------------------------------------------------------- sound
function stop() { player?.postMessage({ stop: run }); }

function soundText(message) {
  if (message.type === "start" && offset !== null) {
    run = message.run;
    player?.postMessage({ start: run, sample: message.sample, rate: message.rate, at: message.mono_ms - offset });
  } else if (message.type === "stop") stop();
  else postMessage({ sound: message });
}

function soundPacket(data) {
  const view = new DataView(data);
  if (view.getUint8(0) !== PCM || view.getUint32(4, true) !== run) return;
  const sample = Number(view.getBigInt64(8, true));
  player?.postMessage({ pcm: data, skip: HEADER, run, sample, last: (view.getUint8(1) & 1) === 1 }, [data]);
}

function heard({ pcm, at, number }) {
  if (offset === null) return;
  const packet = new ArrayBuffer(HEADER + pcm.byteLength);
  const view = new DataView(packet);
  view.setUint8(0, MIC);
  view.setUint32(4, number, true);
  view.setBigInt64(8, BigInt(Math.round((at + offset) * 1e6)), true);
  new Uint8Array(packet, HEADER).set(new Uint8Array(pcm));
  sound?.send(packet);
}

onmessage = ({ data }) => {
  if (data.screen) screen = new Link("screen", data.screen, (m) => postMessage({ screen: m }), picture);
  if (data.sound) sound = new Link("sound", data.sound, soundText, soundPacket);
  if (data.toScreen) screen?.send(data.toScreen);
  if (data.toSound) sound?.send(data.toSound);
  if (data.player) {
    player = data.player;
    player.onmessage = ({ data: m }) => {
      if (offset !== null) sound?.send({ type: "clock", run: m.run, sample: m.sample, mono_ms: m.at + offset });
    };
  }
  if (data.microphone) data.microphone.onmessage = ({ data: block }) => heard(block);
};
