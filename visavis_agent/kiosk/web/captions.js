// The agent's words light up as they sound, clause by clause; the lines move up by themselves. Screen readers get whole
// sentences.
export class Captions {
  constructor(box, spoken) {
    this.box = box;
    this.text = box.firstElementChild;
    this.spoken = spoken;
    this.id = "";
    this.words = [];
    this.clock = null;
    this.offset = null;
    this.next = 0;
    this.said = "";
    setInterval(() => this.reveal(), 50);
    new ResizeObserver(() => this.scroll()).observe(this.text);
  }

  take(message) {
    if (message.id !== this.id) this.begin(message.id);
    if (message.type === "playback") {
      this.clock = message;
      this.box.classList.toggle("cut", message.state === "flushed");
    } else this.add(message);
    this.reveal();
  }

  begin(id) {
    Object.assign(this, { id, words: [], clock: null, next: 0, said: "" });
    this.text.replaceChildren();
    this.text.style.transform = "";
    this.box.classList.remove("cut");
    this.box.hidden = false;
  }

  add({ clause, words }) {
    let group = this.text.querySelector(`[data-clause="${clause}"]`);
    if (!group) {
      group = document.createElement("span");
      group.dataset.clause = clause;
      group.hidden = true;
      this.text.append(group);
    }
    for (const [text, start] of words) {
      if (this.words.some((word) => word.start === start && word.text === text)) continue; // told again after a break
      const element = document.createElement("span");
      element.textContent = group.childElementCount ? text : text.trimStart();
      group.append(element);
      this.words.push({ text, start, element, group });
    }
  }

  get sample() {
    if (!this.clock || this.offset === null) return this.clock?.sample ?? -1;
    const { sample, rate, mono_ms, moving } = this.clock;
    if (!moving) return sample;
    const age = performance.timeOrigin + performance.now() + this.offset - mono_ms;
    return age < 0 ? sample - 1 : sample + (Math.min(age, 1000) * rate) / 1000;
  }

  reveal() {
    if (!this.words.length) return;
    const now = this.clock?.state === "finished" ? Infinity : this.sample, before = this.next;
    while (this.next < this.words.length && this.words[this.next].start <= now) {
      const { element, text, group } = this.words[this.next++];
      group.hidden = false;
      element.classList.add("heard");
      this.said += text;
      if (/[.!?…]["”’)]?$/.test(text.trim())) this.tell();
    }
    if (this.clock?.state === "finished" && this.next === this.words.length) this.tell();
    if (this.next !== before) this.scroll();
  }

  tell() {
    if (this.said.trim()) this.spoken.textContent = this.said.trim();
    this.said = "";
  }

  scroll() {
    const element = this.words[this.next - 1]?.element;
    if (!element) return;
    const line = parseFloat(getComputedStyle(this.text).lineHeight);
    const below = element.offsetTop + line - this.box.clientHeight;
    this.text.style.transform = below > 1 ? `translateY(${-below}px)` : "";
  }
}
