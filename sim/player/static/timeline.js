// The timeline: load and errors over time, and the current moment.

import { clamp, clock, counted, el, seconds } from "./words.js";

const EDGE = 12;
const BARS_FROM = 30;

export class Timeline {
  constructor(boards, seek) {
    Object.assign(this, { boards, seek, time: 0, hover: null });
    this.end = Math.max(...boards.map((board) => board.end));
    this.canvas = el("canvas", { class: "pxp-timeline", "aria-hidden": "true" });
    this.box = el("div", {
      class: "pxp-timeline-box", role: "slider", tabindex: "0", "aria-label": "Time",
      "aria-valuemin": "0", "aria-valuemax": this.end.toFixed(3), "aria-orientation": "horizontal",
    }, this.canvas);
    this.listen();
  }

  listen() {
    const at = (event) => this.timeAt(event.clientX - this.box.getBoundingClientRect().left);
    this.box.addEventListener("pointerdown", (event) => {
      this.box.setPointerCapture(event.pointerId);
      this.isDragged = true;
      this.seek(at(event));
    });
    this.box.addEventListener("pointermove", (event) => {
      this.hover = event.clientX - this.box.getBoundingClientRect().left;
      if (this.isDragged) this.seek(at(event));
      else this.draw(this.time);
    });
    this.box.addEventListener("pointerup", () => { this.isDragged = false; });
    this.box.addEventListener("pointerleave", () => { this.hover = null; this.draw(this.time); });
    this.box.addEventListener("keydown", (event) => this.key(event));
  }

  key(event) {
    const step = { ArrowRight: 0.01, ArrowLeft: -0.01, ArrowUp: 0.01, ArrowDown: -0.01, PageUp: 0.1, PageDown: -0.1 }[event.key];
    const goal = event.key === "Home" ? 0 : event.key === "End" ? this.end : step && this.time + step * this.end;
    if (goal === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    this.seek(clamp(goal, 0, this.end));
  }

  timeAt(x) { return clamp((x - EDGE) / (this.width - 2 * EDGE), 0, 1) * this.end; }

  x(time) { return EDGE + (time / this.end) * (this.width - 2 * EDGE); }

  resize(density, theme) {
    this.theme = theme;
    this.width = this.box.clientWidth;
    this.height = this.box.clientHeight;
    this.density = density;
    this.canvas.width = Math.round(this.width * density);
    this.canvas.height = Math.round(this.height * density);
    this.picture = this.drawLoad();
    this.draw(this.time);
  }

  // The load is drawn once: bars of arrivals from below, what failed or was refused above them.
  drawLoad() {
    const canvas = document.createElement("canvas");
    canvas.width = this.canvas.width;
    canvas.height = this.canvas.height;
    const context = canvas.getContext("2d");
    context.scale(this.density, this.density);
    const [board] = this.boards, arrivals = grouped(board.said.timeline.arrivals);
    const foot = this.height - 18, room = foot - BARS_FROM;
    const most = Math.max(...arrivals, 1), width = (this.x(board.end) - this.x(0)) / arrivals.length;
    context.fillStyle = this.theme.load;
    arrivals.forEach((count, bin) => {
      const height = (count / most) * room;
      context.fillRect(this.x(0) + bin * width, foot - height, Math.max(width - (width > 4 ? 1 : 0.4), 0.6), height);
    });
    const { legend, failure } = board.said;
    this.drawTrouble(context, failure, 0);
    for (const { word } of Object.values(legend).filter((outcome) => outcome.is_refusal)) this.drawTrouble(context, word, 1);
    context.font = "12px system-ui, sans-serif";
    context.fillStyle = this.theme.quiet;
    context.textAlign = "left";
    context.fillText("0 s", EDGE, this.height - 4);
    context.textAlign = "right";
    context.fillText(clock(this.end, 1), this.width - EDGE, this.height - 4);
    context.textAlign = "center";
    const perSecond = (most * arrivals.length) / board.end;
    context.fillText(`bars: requests per second, up to ${Math.round(perSecond).toLocaleString("en-GB")}`, this.width / 2, this.height - 4);
    return canvas;
  }

  drawTrouble(context, name, lane) {
    for (const board of this.boards) {
      const counts = board.said.timeline.outcomes[name];
      if (!counts) continue;
      context.fillStyle = board.said.legend[name].colour;
      const width = (this.x(board.end) - this.x(0)) / counts.length;
      counts.forEach((count, bin) => {
        if (count) context.fillRect(this.x(0) + bin * width, BARS_FROM - 10 + lane * 5, Math.max(width, 1.5), 4);
      });
    }
  }

  draw(time) {
    this.time = time;
    if (!this.picture) return;
    const context = this.canvas.getContext("2d");
    context.setTransform(1, 0, 0, 1, 0, 0);
    context.clearRect(0, 0, this.canvas.width, this.canvas.height);
    context.drawImage(this.picture, 0, 0);
    context.scale(this.density, this.density);
    const x = this.x(clamp(time, 0, this.end)), foot = this.height - 18;
    context.fillStyle = this.theme.played;
    context.fillRect(this.x(0), BARS_FROM, x - this.x(0), foot - BARS_FROM);
    context.strokeStyle = this.theme.faint;
    context.strokeRect(this.x(0), BARS_FROM, this.x(this.end) - this.x(0), foot - BARS_FROM);
    context.fillStyle = this.theme.accent;
    context.fillRect(x - 1.25, BARS_FROM - 6, 2.5, foot - BARS_FROM + 6);
    context.beginPath();
    context.arc(x, BARS_FROM - 8, 7, 0, 2 * Math.PI);
    context.fill();
    if (this.hover !== null && !this.isDragged) this.drawHover(context, foot);
  }

  drawHover(context, foot) {
    const time = this.timeAt(this.hover), x = this.x(time);
    context.fillStyle = this.theme.quiet;
    context.fillRect(x - 0.5, BARS_FROM, 1, foot - BARS_FROM);
    context.font = "12px system-ui, sans-serif";
    context.textAlign = x > this.width - 90 ? "right" : "left";
    context.fillText(clock(time, 1), x + (x > this.width - 90 ? -6 : 6), 12);
  }

  say(time) {
    const underWay = this.boards[0].between(time, time).length * this.boards[0].said.each;
    this.box.setAttribute("aria-valuenow", time.toFixed(3));
    this.box.setAttribute("aria-valuetext", `${seconds(time)} of ${seconds(this.end)}, ${counted(underWay, "request")} under way`);
  }
}

// Joins bins until a bar stands for several requests: bars of single ones would not show the load.
function grouped(counts) {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const fitting = [1, 2, 3, 4, 5, 6, 8, 10, 12, 15, 16, 20].find((size) => (total * size) / counts.length >= 8) ?? 24;
  return Array.from({ length: counts.length / fitting }, (_, i) => counts.slice(i * fitting, (i + 1) * fitting).reduce((sum, count) => sum + count, 0));
}
