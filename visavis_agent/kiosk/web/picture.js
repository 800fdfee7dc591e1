// The face: a picture is shown at the refresh of the display that is nearest to when it is due (HALF of a refresh at
// 60 Hz, ms), the newest one of several. The last one stays. Between pictures nothing is asked of the browser: every
// other refresh would have no picture to show.
//
// How late they are seen is measured: where they come too late, the lips are made to fit the sound of that later time.
const MOST = 8, HALF = 8, EARLY = 2, LONGEST = 50, SIDE = 0.14, ABOVE = 0.08;
const FOLLOWED = 0.02, LATEST = 300, TOLD = 3;

export class Picture {
  constructor(canvas, backdrop) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.backdrop = backdrop.getContext("2d");
    this.probe = new OffscreenCanvas(16, 16).getContext("2d", { willReadFrequently: true });
    this.queue = [];
    this.offset = null;
    this.lead = 0;
    this.shown = 0;
    this.delay = 0; // how late pictures are seen in the mean, ms
    this.told = 0;
    this.waits = false;
    this.draw = this.draw.bind(this);
  }

  push(bitmap, due) {
    let i = this.queue.length;
    while (i > 0 && this.queue[i - 1].due > due) i--;
    this.queue.splice(i, 0, { bitmap, due });
    while (this.queue.length > MOST) this.queue.shift().bitmap.close();
    this.wait();
  }

  clear() {
    for (const { bitmap } of this.queue.splice(0)) bitmap.close();
  }

  // When a picture that is drawn now is seen.
  get seen() { return performance.timeOrigin + performance.now() + this.offset + this.lead; }

  wait() {
    if (this.waits || !this.queue.length) return;
    this.waits = true;
    const left = this.offset === null ? LONGEST : this.shown === 0 ? 0 : this.queue[0].due - this.seen - HALF - EARLY;
    if (left > 0) setTimeout(() => requestAnimationFrame(this.draw), Math.min(left, LONGEST)); // clocks are corrected
    else requestAnimationFrame(this.draw);
  }

  draw() {
    this.waits = false;
    if (this.offset !== null) this.show();
    this.wait();
  }

  show() {
    const { seen } = this;
    let next = null;
    while (this.queue.length && this.queue[0].due <= seen + HALF) {
      next?.bitmap.close();
      next = this.queue.shift();
    }
    if (next) {
      this.paint(next.bitmap);
      this.measure(seen - next.due);
    } else if (this.shown === 0 && this.queue.length) this.paint(this.queue.shift().bitmap);
  }

  measure(late) {
    this.delay += FOLLOWED * (Math.max(-LATEST, Math.min(late, LATEST)) - this.delay);
    if (Math.abs(this.delay - this.told) < TOLD) return;
    this.told = this.delay;
    this.changed?.();
  }

  paint(bitmap) {
    const { canvas, pen } = this, { width } = bitmap, above = Math.round(ABOVE * bitmap.height);
    if (canvas.width !== width || canvas.height !== above + bitmap.height) {
      Object.assign(canvas, { width, height: above + bitmap.height });
      this.shown = 0;
    }
    pen.globalCompositeOperation = "copy";
    pen.drawImage(bitmap, 0, above);
    pen.globalCompositeOperation = "source-over";
    pen.drawImage(bitmap, 0, 0, width, 1, 0, 0, width, above); // some more of what is above the head
    if (this.shown++ % 250 === 0) this.match(bitmap);
    pen.globalCompositeOperation = "destination-out";
    this.fade(0, 0, SIDE * width, 0);
    this.fade(width, 0, (1 - SIDE) * width, 0);
    this.fade(0, 0, 0, above);
    bitmap.close();
    if (this.shown === 1) this.first?.();
  }

  // The edges dissolve into the backdrop.
  fade(x0, y0, x1, y1) {
    const gradient = this.pen.createLinearGradient(x0, y0, x1, y1);
    for (let i = 0; i <= 4; i++) gradient.addColorStop(i / 4, `rgba(0,0,0,${(0.5 + 0.5 * Math.cos((Math.PI * i) / 4)).toFixed(3)})`);
    this.pen.fillStyle = gradient;
    if (y1 === y0) this.pen.fillRect(Math.min(x0, x1), 0, Math.abs(x1 - x0), this.canvas.height);
    else this.pen.fillRect(0, y0, this.canvas.width, y1 - y0);
  }

  // The backdrop goes on with the colours of the picture's edges.
  match(bitmap) {
    this.probe.drawImage(bitmap, 0, 0, 16, 16);
    const { data } = this.probe.getImageData(0, 0, 16, 16);
    const colour = (x, y) => data.slice(4 * (16 * y + x), 4 * (16 * y + x) + 3);
    const top = [0, 1, 2].map((i) => Math.round((colour(0, 0)[i] + colour(7, 0)[i] + colour(15, 0)[i]) / 3));
    // the body meets the lower edge: below the middle, the colour of the middle goes on
    for (let y = 0; y < 16; y++) {
      for (const [x, from] of [[0, 0], [1, 15]]) {
        this.backdrop.fillStyle = `rgb(${(y === 0 ? top : colour(from, Math.min(y, 9))).join(" ")})`;
        this.backdrop.fillRect(x, y, 1, 1);
      }
    }
    document.documentElement.style.setProperty("--above", `rgb(${top.join(" ")})`);
  }
}
