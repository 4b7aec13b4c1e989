// Controls: the bar of the player, the choice of an observer, the legend, and the list of keys.

import { RETRY } from "./data.js";
import { markImage } from "./marks.js";
import { clamp, digits, el, seconds } from "./words.js";

export const SPEEDS = [0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100];
const COMFORTABLE_S = 3;
// What the player can run to: the next request of an outcome, or the next further attempt, which is no outcome.
const jumpsOf = (said) => [...said.jumps, { key: "r", outcome: RETRY, label: "retry" }];

const keysOf = (said) => [
  ["Space or K", "play or pause"], ["→ and ←", "next or previous event (of the picked request, if there is one)"],
  ["↓ and ↑", "pick the next or previous request on the stage"], ["Enter", "read the story of the picked request"],
  [jumpsOf(said).map(({ key }) => key.toUpperCase()).join(", "), `run to the next ${jumpsOf(said).map(({ label }) => label).join(", ")}`], ["+ and −", "faster, slower"],
  ["V", "look through the next party's eyes (Shift: the previous one's)"], ["Home and End", "to the beginning, to the end"],
  ["D", "show or hide the details"], ["T", "light or dark"], ["Escape", "close the story of the picked request; then show everything again"],
];

// The speed at which a typical request takes some seconds to watch.
export function fittingSpeed(lasting) {
  const wanted = lasting / COMFORTABLE_S;
  return SPEEDS.reduce((best, speed) => (Math.abs(Math.log(speed / wanted)) < Math.abs(Math.log(best / wanted)) ? speed : best));
}

const button = (label, said, ...children) => el("button", { type: "button", "aria-label": label, title: label, ...said }, ...children);

export class Controls {
  constructor(player) {
    this.player = player;
    this.play = button("Play (space)", { class: "pxp-play", onclick: () => player.toggle() }, el("span", { "aria-hidden": "true", text: "▶" }), el("span", { class: "pxp-play-word", text: "Play" }));
    this.time = el("output", { class: "pxp-time", "aria-live": "off" });
    this.speed = el("input", { type: "range", min: 0, max: SPEEDS.length - 1, step: 1, "aria-label": "Speed", class: "pxp-speed", oninput: () => player.setSpeed(SPEEDS[Number(this.speed.value)]) });
    this.speedWords = el("span", { class: "pxp-speed-words" });
    const known = jumpsOf(player.boards[0].said);
    this.jumpOf = Object.fromEntries(known.map(({ key, outcome }) => [key, outcome]));
    this.jumps = known.filter(({ outcome }) => player.boards.some((board) => board.moments(outcome).length)).map((one) => this.jump(one));
    this.bar = el("div", { class: "pxp-bar", role: "toolbar", "aria-label": "Playing" },
      el("div", { class: "pxp-group" },
        button("Previous event (←)", { class: "pxp-step", onclick: () => player.step(-1) }, "‹ Step"), this.play,
        button("Next event (→)", { class: "pxp-step", onclick: () => player.step(1) }, "Step ›")),
      this.time,
      el("label", { class: "pxp-group pxp-speed-group" }, el("span", { text: "Speed" }), this.speed, this.speedWords),
      this.jumps.length ? el("div", { class: "pxp-group", role: "group", "aria-label": "Run to the next" }, el("span", { class: "pxp-quiet", text: "Next" }), this.jumps) : null);
  }

  jump({ key, outcome, label }) {
    const sign = outcome === RETRY ? el("span", { "aria-hidden": "true", text: "↻" }) : el("span", { class: "pxp-jump-mark", "data-outcome": outcome });
    return button(`Run to the next ${label} (${key.toUpperCase()})`, { class: "pxp-jump", onclick: () => this.player.runTo(outcome) }, sign, ` ${label}`);
  }

  // Colours may have changed, so pictures of marks are drawn again.
  paint(marks) {
    for (const slot of this.bar.querySelectorAll("[data-outcome]")) slot.replaceChildren(markImage(marks, slot.dataset.outcome));
  }

  showPlaying(isPlaying) {
    this.play.firstChild.textContent = isPlaying ? "❚❚" : "▶";
    this.play.lastChild.textContent = isPlaying ? "Pause" : "Play";
    this.play.setAttribute("aria-label", isPlaying ? "Pause (space)" : "Play (space)");
    this.play.title = isPlaying ? "Pause (space)" : "Play (space)";
  }

  showSpeed(speed) {
    this.speed.value = SPEEDS.indexOf(speed);
    const lasts = speed < 1 ? `slower than real: 1 s takes ${seconds(1 / speed)}` : speed > 1 ? `faster than real: ${digits(speed)} s in 1 s` : "as in reality";
    this.speedWords.textContent = `${speed}×`;
    this.speed.setAttribute("aria-valuetext", `${speed} times, ${lasts}`);
    this.speedWords.title = lasts;
  }

  key(event) {
    const { player } = this;
    if (event.ctrlKey || event.metaKey || event.altKey) return false;
    const isField = event.target.matches?.("select, input, textarea");
    const isPressed = event.target.matches?.("button, a, [role=tab]");
    const name = event.key.length === 1 ? event.key.toLowerCase() : event.key;
    if (isField || (isPressed && (name === " " || name === "Enter"))) return false;
    const does = {
      " ": () => player.toggle(), k: () => player.toggle(), ArrowRight: () => player.step(1), ArrowLeft: () => player.step(-1),
      ArrowDown: () => player.pickNeighbour(1), ArrowUp: () => player.pickNeighbour(-1), Enter: () => player.showTab("story"),
      "+": () => player.changeSpeed(1), "=": () => player.changeSpeed(1), "-": () => player.changeSpeed(-1),
      v: () => player.nextEyes(event.shiftKey ? -1 : 1), Home: () => player.seek(0), End: () => player.seek(player.end),
      d: () => player.toggleDetails(), t: () => player.toggleTheme(), Escape: () => player.unpick(), "?": () => player.help(),
    }[name] ?? (this.jumpOf[name] && (() => player.runTo(this.jumpOf[name])));
    if (!does) return false;
    does();
    return true;
  }
}

// Outcomes that this trace holds, and how to read a mark.
export function legendOf(boards, marks) {
  const names = [...new Set(boards.flatMap((board) => board.said.words.outcome))];
  const entry = (image, text, title) => el("li", { title }, image, text);
  const [{ said }] = boards;
  const sealed = boards.some((board) => board.said.words.tls_mode.some((mode) => mode && mode !== "plain"));
  return el("ul", { class: "pxp-legend", "aria-label": "How to read the marks" },
    entry(markImage(marks, "", false), "request, hollow: its outcome is not decided yet"),
    names.map((name) => entry(markImage(marks, name), `answer: ${said.legend[name]?.phrase.replace(/^an? /, "") ?? name}`, said.legend[name]?.meaning)),
    sealed ? entry(markImage(marks, "", true, true), "encrypted: cannot be read") : null);
}

export function helpDialog(said) {
  const rows = keysOf(said).map(([keys, does]) => el("tr", {}, el("th", { scope: "row", text: keys }), el("td", { text: does })));
  const dialog = el("dialog", { class: "pxp-help", "aria-label": "Keys" });
  dialog.append(
    el("h2", { text: "Keys" }), el("table", { class: "pxp-table" }, el("tbody", {}, rows)),
    el("p", { text: "Click a mark to read its story; click a party to look through its eyes." }),
    el("button", { type: "button", class: "pxp-primary", text: "Close", onclick: () => dialog.close() }));
  return dialog;
}

// The choice of an observer: those of all boards, nodes before taps.
export function eyesChoice(boards, choose) {
  const names = [...new Set(boards.flatMap((board) => Object.keys(board.said.eyes)))];
  const roleOf = (name) => boards.map((board) => board.nodes.find((node) => node.name === name)?.role).find(Boolean);
  const group = (label, some) => (some.length ? el("optgroup", { label }, some.map((name) => el("option", { value: name, text: name.replace("tap:", "tap on ") }))) : null);
  const common = (name) => boards.every((board) => board.said.eyes[name]);
  const parties = names.filter((name) => roleOf(name)).sort((one, other) => common(other) - common(one));
  const taps = names.filter((name) => !roleOf(name)).sort((one, other) => common(other) - common(one));
  const select = el("select", { class: "pxp-eyes", onchange: () => choose(select.value) },
    el("option", { value: "", text: "everything (the trace)" }), group("Parties", parties), group("Taps on a link", taps));
  return { select, names: ["", ...parties, ...taps] };
}

export const nextSpeed = (speed, by) => SPEEDS[clamp(SPEEDS.indexOf(speed) + by, 0, SPEEDS.length - 1)];
