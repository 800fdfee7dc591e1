// The page: joins the links to what is seen, heard and touched.
import { Captions } from "./captions.js";
import { Keyboard } from "./keyboard.js";
import { Picture } from "./picture.js";
import { Preferences } from "./preferences.js";
import { Sound } from "./sound.js";

const $ = (id) => document.getElementById(id);
const field = $("text");
const up = { screen: false, sound: false };
let about = null, active = false, state = { phase: "connecting", off: [] }, notices = [], plain = "", touched = performance.now();
let answered = false, asking = false;

const worker = new Worker("link.js", { type: "module" });
const picture = new Picture($("face"), $("backdrop"));
const captions = new Captions($("caption"), $("spoken"));
const sound = new Sound(tellSound, showLevel);
const keyboard = new Keyboard($("keyboard"), field);
const preferences = new Preferences(show);

const screen = (message) => worker.postMessage({ toScreen: message });
const host = location.hostname.includes(":") ? `[${location.hostname}]` : location.hostname;

// -------------------------------------------------------------------------------------------------- links
worker.onmessage = ({ data }) => {
  if (data.bitmap) picture.push(data.bitmap, data.due);
  else if (data.offset !== undefined) picture.offset = captions.offset = data.offset;
  else if (data.screen) take(data.screen);
  else if (data.link) linked(data);
};

function linked({ link, up: there }) {
  up[link] = there;
  if (there && link === "screen") tellVisible();
  if (there && link === "sound") tellSound();
  show();
}

const handlers = {
  about: (message) => {
    if (about && about.build !== message.build) location.reload();
    const first = about === null;
    about = message;
    if (first) welcome();
  },
  role: (message) => { active = message.active; tellSound(); },
  state: (message) => { state = message; },
  heard: (message) => heard(message),
  words: (message) => {
    captions.take(message);
    if (answered) return;
    answered = true;
    show();
  },
  playback: (message) => captions.take(message),
  notices: (message) => { notices = message.notices; },
};

function take(message) {
  handlers[message.type]?.(message);
  if (message.type !== "words" && message.type !== "playback") show(); // those come often and change no control
}

function welcome() {
  document.title = about.title;
  picture.lead = about.lead_ms;
  const role = document.createElement("span");
  role.textContent = about.role ? ` · ${about.role}` : "";
  $("title").replaceChildren(about.title, role);
  field.maxLength = about.longest_text;
  $("questions").replaceChildren(...about.questions.map((question) => {
    const button = document.createElement("button");
    Object.assign(button, { type: "button", textContent: question });
    button.onclick = () => ask(question, "touched");
    return button;
  }));
  preferences.offer(about.languages, about.language);
  begin();
}

function tellVisible() {
  const visible = document.visibilityState === "visible";
  if (!visible) picture.clear();
  screen({ type: "page", visible });
}

function tellSound() {
  if (up.sound) {
    const microphone = sound.hearing && active;
    const latency_ms = Math.round(sound.latency), picture_delay_ms = Math.max(0, Math.round(picture.told));
    worker.postMessage({ toSound: { type: "page", active, ready: sound.ready === true, microphone, latency_ms, picture_delay_ms } });
  }
  show();
}

document.addEventListener("visibilitychange", tellVisible);
picture.changed = tellSound;

// -------------------------------------------------------------------------------------- voice and microphone
async function begin() {
  const port = sound.possible ? await sound.open() : null;
  if (port) {
    worker.postMessage({ player: port, sound: `ws://${host}:${about.sound_port}/sound` }, [port]);
    microphoneByItself();
  } else plain = window.isSecureContext ? "old" : "insecure";
  show();
}

async function microphone(wanted) {
  if (!wanted) return sound.deafen();
  if (asking) return;
  asking = true;
  try {
    await sound.context.resume();
    const port = await sound.listen();
    worker.postMessage({ microphone: port }, [port]);
    plain = "";
  } catch (error) {
    plain = error.name === "NotAllowedError" ? "microphoneDenied" : "microphoneMissing";
  } finally {
    asking = false;
  }
  show();
}

// On a kiosk the permission is given beforehand; nobody needs to touch anything then.
async function microphoneByItself() {
  if (!about.microphone || sound.hearing) return;
  const permission = await navigator.permissions.query({ name: "microphone" }).catch(() => null);
  if (permission?.state === "granted") microphone(true);
}

$("microphone").onclick = () => microphone(!sound.hearing);
$("camera").onclick = () => screen({ type: "camera", on: !seeing() });

// Switched on, and there is one.
function seeing() {
  return !state.off.includes("camera") && !notices.some(({ stage }) => stage === "camera");
}

$("unmute").onclick = () => sound.context?.resume();

function showLevel(level) {
  const share = Math.min(1, Math.max(0, 1 + Math.log10(Math.max(level, 1e-4)) / 2.6));
  $("microphone").style.setProperty("--level", share.toFixed(2));
}

// ---------------------------------------------------------------------------------------------------- asking
function ask(text, source) {
  text = text.trim();
  if (!text || !up.screen) return;
  screen({ type: "text", text, source });
}

$("ask").onsubmit = (event) => {
  event.preventDefault();
  if (!field.value.trim()) return;
  ask(field.value, "typed");
  if (!up.screen) return;
  field.value = "";
  field.blur();
  showKeys(false);
};

function heard({ text, final }) {
  $("heard").textContent = text;
  $("heard").classList.toggle("partial", !final);
}

const ownKeyboard = navigator.userAgentData?.mobile ?? /Android|iPhone|iPad/.test(navigator.userAgent);

function showKeys(wanted) {
  $("keyboard").hidden = !wanted;
  $("keys").setAttribute("aria-pressed", String(wanted));
  field.inputMode = wanted ? "none" : "text";
  show();
}

field.addEventListener("pointerdown", ({ pointerType }) => {
  if (pointerType === "touch" && !ownKeyboard) showKeys(true);
});
$("keys").onclick = () => {
  showKeys($("keyboard").hidden);
  if (!$("keyboard").hidden) field.focus({ preventScroll: true });
};

// -------------------------------------------------------------------------------------------------- showing
function phase() {
  if (!up.screen) return "connecting";
  if (state.held) return "held";
  return state.phase;
}

function note(element, text) {
  element.hidden = !text;
  element.textContent = text;
}

function show() {
  const { words } = preferences;
  if (!words || !about) return;
  const now = phase();
  $("state").dataset.phase = now === "held" ? "listening" : now;
  $("phase").textContent = words[now];
  note($("link"), up.screen ? (up.sound || !sound.possible || !active ? "" : words.voiceLost) : words.lost);
  note($("mirror"), up.screen && !active ? words.mirror : "");
  note($("off"), state.off.map((device) => words.isOff[device]).filter(Boolean).join(" · "));
  note($("seen"), up.screen && seeing() ? words.seen : "");
  const serious = notices.some((n) => n.level === "error");
  $("trouble").hidden = !notices.length;
  $("trouble").textContent = serious ? `▲ ${words.trouble(notices.length)}` : "△";
  $("trouble").setAttribute("aria-label", words.trouble(notices.length));
  $("troubles").replaceChildren(...notices.map((n) => {
    const item = document.createElement("li");
    item.textContent = `${n.stage}: ${n.text}`;
    return item;
  }));
  if (!notices.length) $("troubles").hidden = true;
  $("heard").dataset.who = words.you;
  note($("plain"), plain ? words[plain] : "");
  $("caption").dataset.hint = answered ? "" : sound.hearing || !about.microphone ? words.hint : words.hintSilent;
  $("unmute").hidden = !(active && sound.possible && sound.context && sound.context.state !== "running");
  showControls(words);
  fit();
}

function showControls(words) {
  const label = (id, text) => $(id).setAttribute("aria-label", text);
  $("microphone").hidden = !(sound.possible && about.microphone);
  $("microphone").setAttribute("aria-pressed", String(sound.hearing));
  label("microphone", sound.hearing ? words.microphoneOn : words.microphoneOff);
  $("camera").hidden = !(window.isSecureContext && about.camera);
  $("camera").setAttribute("aria-pressed", String(seeing()));
  label("camera", seeing() ? words.cameraOn : words.cameraOff);
  label("send", words.send);
  label("options", words.options);
  label("keys", words.keyboard);
  label("text", words.type);
  label("face", words.face(about.title));
  field.placeholder = words.type;
  $("keys").hidden = ownKeyboard;
  if (keyboard.language !== preferences.language) {
    keyboard.language = preferences.language;
    keyboard.build(preferences.language, words);
  }
}

// As many questions as there is room for, two at least.
function fit() {
  const panel = $("panel"), chips = [...$("questions").children];
  const portrait = innerHeight > innerWidth;
  const low = document.documentElement.classList.contains("low");
  const share = portrait ? (low ? 0.36 : innerWidth > 640 ? 0.44 : 0.5) : preferences.scale > 1 ? 0.42 : 0.36;
  for (const chip of chips) chip.hidden = false;
  $("questions").hidden = !$("keyboard").hidden;
  if ($("questions").hidden) return;
  for (let i = chips.length - 1; i > 1 && panel.offsetHeight > share * innerHeight; i--) chips[i].hidden = true;
}

addEventListener("resize", fit);
$("trouble").onclick = () => {
  $("troubles").hidden = !$("troubles").hidden;
  $("trouble").setAttribute("aria-expanded", String(!$("troubles").hidden));
};

// A visitor who has left leaves nothing behind.
for (const name of ["pointerdown", "keydown"]) addEventListener(name, () => { touched = performance.now(); }, true);
setInterval(() => {
  if (!about || performance.now() - touched < about.reset_after * 1000 || state.phase !== "idle") return;
  touched = Infinity;
  if (about.consent && active && !state.off.includes("camera")) screen({ type: "camera", on: false });
  field.value = "";
  heard({ text: "", final: true });
  answered = false;
  captions.begin("");
  showKeys(false);
  preferences.reset();
  preferences.open(false);
  preferences.apply();
}, 1000);

addEventListener("contextmenu", (event) => event.target !== field && event.preventDefault());
worker.postMessage({ screen: `ws://${location.host}/screen` });
window.visavis = { picture, captions, sound, up, get active() { return active; }, get state() { return state; } };
