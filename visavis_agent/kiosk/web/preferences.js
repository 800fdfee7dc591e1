// What a visitor may set: language, text size, contrast, motion, low controls. Forgotten when the visitor has left.
import { WORDS } from "./words.js";

const $ = (id) => document.getElementById(id);
const SWITCHES = ["contrast", "still", "low"];

export class Preferences {
  constructor(changed) {
    this.changed = changed;
    this.initial = "en";
    this.reset();
    $("sizes").onclick = ({ target }) => target.dataset.scale && this.set({ scale: Number(target.dataset.scale) });
    for (const button of document.querySelectorAll("[data-switch]")) {
      button.setAttribute("role", "switch");
      button.onclick = () => this.set({ [button.dataset.switch]: !this[button.dataset.switch] });
    }
    $("options").onclick = () => this.open($("sheet").hidden);
    $("done").onclick = () => this.open(false);
    addEventListener("keydown", ({ key }) => key === "Escape" && this.open(false));
    document.addEventListener("pointerdown", ({ target }) => {
      if (!target.closest("#sheet, #options")) this.open(false);
    });
  }

  get words() {
    return WORDS[this.language];
  }

  offer(languages, initial) {
    this.initial = initial in WORDS ? initial : "en";
    this.language = this.initial;
    $("languages").replaceChildren(
      ...languages.filter((code) => code in WORDS).map((code) => {
        const button = document.createElement("button");
        Object.assign(button, { type: "button", lang: code, textContent: WORDS[code].name });
        button.onclick = () => this.set({ language: code });
        return button;
      }),
    );
    this.apply();
  }

  reset() {
    Object.assign(this, {
      language: this.initial,
      scale: 1,
      contrast: matchMedia("(prefers-contrast: more)").matches,
      still: matchMedia("(prefers-reduced-motion: reduce)").matches,
      low: false,
    });
  }

  set(values) {
    Object.assign(this, values);
    this.apply();
  }

  apply() {
    const root = document.documentElement, { words } = this;
    root.lang = this.language;
    root.style.setProperty("--scale", this.scale);
    for (const name of SWITCHES) root.classList.toggle(name, this[name]);
    for (const element of document.querySelectorAll("[data-text]")) element.textContent = words[element.dataset.text];
    for (const button of document.querySelectorAll("[data-switch]")) {
      button.setAttribute("aria-checked", String(this[button.dataset.switch]));
      button.setAttribute("aria-label", words[button.dataset.switch]);
      button.dataset.state = this[button.dataset.switch] ? words.on : words.off;
    }
    for (const button of $("languages").children) button.setAttribute("aria-pressed", String(button.lang === this.language));
    [...$("sizes").children].forEach((button, i) => {
      button.setAttribute("aria-pressed", String(Number(button.dataset.scale) === this.scale));
      button.setAttribute("aria-label", `${words.size}: ${words[`size${i + 1}`]}`);
    });
    this.changed();
  }

  open(wanted) {
    if ($("sheet").hidden === !wanted) return;
    $("sheet").hidden = !wanted;
    $("options").setAttribute("aria-expanded", String(wanted));
    if (wanted) $("sheet").querySelector("button").focus({ preventScroll: true });
    else $("options").focus({ preventScroll: true });
  }
}
