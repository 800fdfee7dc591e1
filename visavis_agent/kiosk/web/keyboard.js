// A keyboard on the screen, for kiosks without one.
const LAYOUTS = {
  en: ["1234567890", "qwertyuiop", "asdfghjkl'", "⇧zxcvbnm⌫", "@, .?"],
  de: ["1234567890ß", "qwertzuiopü", "asdfghjklöä", "⇧yxcvbnm⌫", "@, .?"],
};

export class Keyboard {
  constructor(element, field) {
    this.element = element;
    this.field = field;
    this.upper = false;
    element.addEventListener("pointerdown", (event) => this.press(event));
  }

  build(language, words) {
    this.element.replaceChildren();
    for (const keys of LAYOUTS[language] ?? LAYOUTS.en) {
      const row = document.createElement("div");
      for (const key of keys) {
        const button = document.createElement("button");
        button.type = "button";
        button.tabIndex = -1;
        button.dataset.key = key;
        button.textContent = key === " " ? words.space : key;
        const name = { "⇧": words.shift, "⌫": words.erase, " ": words.space }[key];
        if (name) button.setAttribute("aria-label", name);
        if (name) button.classList.add("wide");
        if (key === " ") button.classList.add("space");
        row.append(button);
      }
      this.element.append(row);
    }
    this.show();
  }

  show() {
    for (const button of this.element.querySelectorAll("button")) {
      const { key } = button.dataset;
      if (/^\p{L}$/u.test(key) && key !== "ß") button.textContent = this.upper ? key.toUpperCase() : key;
      if (key === "⇧") button.setAttribute("aria-pressed", String(this.upper));
    }
  }

  press(event) {
    const key = event.target.closest?.("button")?.dataset.key;
    if (!key) return;
    event.preventDefault(); // the field keeps the focus
    if (key === "⇧") this.upper = !this.upper;
    else if (key === "⌫") this.erase();
    else {
      this.insert(this.upper ? key.toUpperCase() : key);
      this.upper = false;
    }
    this.show();
  }

  insert(text) {
    const { field } = this;
    if (field.value.length >= field.maxLength) return;
    field.setRangeText(text, field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input"));
  }

  erase() {
    const { field } = this;
    if (field.selectionStart === field.selectionEnd) field.selectionStart = Math.max(0, field.selectionEnd - 1);
    field.setRangeText("", field.selectionStart, field.selectionEnd, "end");
    field.dispatchEvent(new Event("input"));
  }
}
