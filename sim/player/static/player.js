// The player: one clock, one to four stages, and what is picked on them.

import { Controls, eyesChoice, fittingSpeed, helpDialog, legendOf, nextSpeed } from "./controls.js";
import { unpackBoard } from "./data.js";
import { Ledger, headlineOf } from "./ledger.js";
import { Marks, markImage } from "./marks.js";
import { Lens } from "./seen.js";
import { Stage } from "./stage.js";
import { story } from "./story.js";
import { Timeline } from "./timeline.js";
import { clamp, clock, counted, el, identity, percent, seconds, whole } from "./words.js";

const TABLE_ROWS = 14;
const TELL_EVERY_MS = 250;
const IDLE_S = 1.5;
const TABS = { moves: "Moves", story: "Story", eyes: "Eyes" };

export class Player {
  constructor(root, boards, options = {}, changed = () => {}) {
    Object.assign(this, { root, boards, changed, time: 0, isPlaying: false, eyes: "", picked: null, focus: 0, lastTold: 0 });
    this.end = Math.max(...boards.map((board) => board.end));
    this.isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;
    this.build();
    this.listen();
    this.setTheme(options.theme ?? (matchMedia("(prefers-color-scheme: dark)").matches ? "dark" : "light"));
    this.setSpeed(Number(options.speed) || fittingSpeed(boards[0].medianLasting()));
    this.time = clamp(Number(options.t ?? boards[0].opening()) || 0, 0, this.end);
    this.setEyes(options.eyes ?? "");
    if (options.pick !== undefined) this.pick(Number(options.pick));
    else this.showTab(this.eyes ? "eyes" : "moves");
    if ("bare" in options) root.classList.add("pxp-bare");
    this.resize();
  }

  // --- building -------------------------------------------------------------------------------------------

  build() {
    this.controls = new Controls(this);
    this.timeline = new Timeline(this.boards, (time) => { this.pause(); this.seek(time); });
    this.choice = eyesChoice(this.boards, (name) => { this.setEyes(name); this.showTab("eyes"); });
    this.panes = this.boards.map((board, number) => this.pane(board, number));
    this.legend = el("div", { class: "pxp-legend-box" });
    this.said = el("p", { class: "pxp-said", text: "Press play. Click a mark for its story, a party for its eyes; → goes to the next event." });
    this.spoken = el("p", { class: "pxp-visually-hidden", "aria-live": "polite" });
    this.helpBox = helpDialog(this.boards[0].said);
    const stages = el("div", { class: `pxp-stages pxp-of-${this.boards.length}` }, this.panes.map((pane) => pane.box));
    this.root.replaceChildren(
      this.header(),
      el("div", { class: "pxp-main" },
        el("div", { class: "pxp-theatre" }, stages, this.said, this.legend), this.details()),
      el("div", { class: "pxp-foot" }, this.timeline.box, this.controls.bar),
      this.spoken, this.helpBox);
    this.root.classList.toggle("pxp-many", this.boards.length > 1);
    this.toggleDetails(this.boards.length === 1);
  }

  header() {
    const [{ said }] = this.boards;
    const title = this.boards.length === 1 ? said.title : "Side by side";
    const facts = [counted(said.issued, "request"), `seed ${said.seed}`, said.world && `${said.world}`, said.is_cut_short && "cut short"];
    if (said.each > 1) facts.push(`one mark stands for ${said.each} requests`);
    const label = el("label", { class: "pxp-eyes-label" }, el("span", { class: "pxp-long", text: "Look through the eyes of" }), el("span", { class: "pxp-short", "aria-hidden": "true", text: "Eyes of" }), this.choice.select);
    return el("header", { class: "pxp-header" },
      el("div", { class: "pxp-titles" }, el("h1", { text: title }), el("p", { text: facts.filter(Boolean).join(" · ") })),
      label,
      el("div", { class: "pxp-group" },
        this.detailsButton = el("button", { type: "button", class: "pxp-ghost", text: "Details", "aria-expanded": "true", onclick: () => this.toggleDetails() }),
        el("button", { type: "button", class: "pxp-ghost", "aria-label": "Light or dark (T)", title: "Light or dark (T)", text: "◐", onclick: () => this.toggleTheme() }),
        el("button", { type: "button", class: "pxp-ghost", "aria-label": "Keys (?)", title: "Keys (?)", text: "?", onclick: () => this.help() })));
  }

  pane(board, number) {
    const still = el("canvas", { "aria-hidden": "true" }), moving = el("canvas", { "aria-hidden": "true" });
    const banner = el("p", { class: "pxp-banner", hidden: true });
    const frame = el("div", {
      class: "pxp-frame", tabindex: "0", role: "group", "aria-roledescription": "stage",
      "aria-label": `Stage: ${board.said.title}`,
    }, still, moving);
    const totals = el("p", { class: "pxp-totals" });
    const title = this.boards.length > 1 ? el("h2", { class: "pxp-pane-title", text: board.said.title }) : null;
    const box = el("section", { class: "pxp-pane" }, el("div", { class: "pxp-pane-head" }, title, banner), frame, totals);
    const stage = new Stage(board, still, moving);
    frame.addEventListener("click", (event) => this.click(number, event));
    frame.addEventListener("pointermove", (event) => this.hover(number, event));
    frame.addEventListener("focus", () => { this.focus = number; });
    return { board, stage, frame, box, banner, totals };
  }

  details() {
    const panel = identity("panel");
    this.tabs = Object.entries(TABS).map(([name, text]) => el("button", {
      type: "button", role: "tab", id: `${panel}-${name}`, "aria-controls": panel, "data-tab": name, text, onclick: () => this.showTab(name),
      onkeydown: (event) => this.moveTab(event),
    }));
    this.content = el("div", { class: "pxp-content", role: "tabpanel", id: panel, tabindex: "0" });
    this.panel = el("aside", { class: "pxp-details", "aria-label": "Details" },
      el("div", { class: "pxp-tabs", role: "tablist" }, this.tabs), this.content);
    return this.panel;
  }

  listen() {
    this.root.addEventListener("keydown", (event) => { if (!event.defaultPrevented && !this.helpBox.open && this.controls.key(event)) { event.preventDefault(); event.stopPropagation(); } });
    const hidden = () => { if (document.hidden) this.pause(); };
    document.addEventListener("visibilitychange", hidden);
    const sight = new IntersectionObserver(([entry]) => { if (!entry.isIntersecting) this.pause(); });
    const size = new ResizeObserver(() => this.resize());
    sight.observe(this.root);
    size.observe(this.root);
    this.close = () => {
      this.pause();
      document.removeEventListener("visibilitychange", hidden);
      sight.disconnect();
      size.disconnect();
    };
  }

  // --- the clock ------------------------------------------------------------------------------------------

  toggle() { if (this.isPlaying) this.pause(); else this.start(); }

  start(until = Infinity, arrived = null) {
    if (this.time >= this.end) this.time = 0;
    Object.assign(this, { isPlaying: true, until, arrived, lastFrame: null });
    this.controls.showPlaying(true);
    requestAnimationFrame((now) => this.frame(now));
  }

  pause() {
    if (!this.isPlaying) return;
    this.isPlaying = false;
    this.controls.showPlaying(false);
    this.tell();
    this.changed(this);
  }

  frame(now) {
    if (!this.isPlaying) return;
    const passed = this.lastFrame === null ? 0 : Math.min(now - this.lastFrame, 100) / 1000;
    this.lastFrame = now;
    const goal = Math.min(this.until, this.end);
    this.skipIdle(goal);
    this.time = Math.min(this.time + passed * this.speed, goal);
    this.draw();
    if (now - this.lastTold > TELL_EVERY_MS) { this.lastTold = now; this.tell(); }
    if (this.time >= goal) { this.pause(); this.arrived?.(); } else requestAnimationFrame((next) => this.frame(next));
  }

  // Time in which nothing is under way is skipped, with a message.
  skipIdle(goal) {
    if (this.boards.some((board) => board.between(this.time, this.time).length)) return;
    const next = Math.min(goal, ...this.boards.map((board) => board.nextArrival(this.time)));
    const lead = 0.3 * this.speed;
    if (next - this.time < IDLE_S * this.speed || !Number.isFinite(next)) return;
    this.announce(`Nothing was under way for ${seconds(next - this.time)}: skipped.`);
    this.time = next - lead;
  }

  seek(time) {
    this.time = clamp(time, 0, this.end);
    this.draw();
    this.tell();
    this.changed(this);
  }

  step(direction) {
    this.pause();
    const board = this.boards[this.focus], row = this.pickedRow(board);
    const { lens } = this.panes[this.focus].stage;
    const allowed = (event) => lens.seesEdge(board.h.edge[event.hop]);
    const event = board.neighbour(this.time, direction, row, allowed);
    if (!event) { this.announce(direction > 0 ? "No later event." : "No earlier event."); return; }
    this.seek(event.time);
    this.announce(this.eventText(board, event));
  }

  eventText(board, { time, kind, hop, row }) {
    const edge = board.edges[board.h.edge[hop]], sender = board.nodes[edge.sender].name, receiver = board.nodes[edge.receiver].name;
    const text = {
      connects: `${sender} opens a connection to ${receiver}`, sends: `${sender} sends request ${board.r.id[row]} to ${receiver}`,
      receives: `${receiver} has request ${board.r.id[row]}`, serves: `a worker of ${receiver} begins with request ${board.r.id[row]}`,
      answers: `${receiver} answers request ${board.r.id[row]}`, "has the answer": `${sender} has the answer to request ${board.r.id[row]}`,
      "gives up": `${sender} gives up on request ${board.r.id[row]} at ${receiver}`,
    }[kind];
    return this.panes[this.focus].stage.lens.isOpen ? `${clock(time)}: ${text}.` : `${clock(time)}: something passes on the link.`;
  }

  // Plays up to the next moment of a kind, and picks the request; where motion is unwanted, or it is far, jumps there.
  runTo(kind) {
    this.pause();
    const board = this.boards[this.focus], found = board.nextOf(kind, this.time);
    if (!found) { this.announce(`No later ${kind} in this trace.`); return; }
    const arrive = () => {
      this.pick(board.r.id[found.row]);
      this.announce(`${clock(found.time)}: request ${board.r.id[found.row]} is decided: ${kind}.`);
    };
    if (this.isStill || (found.time - this.time) / this.speed > 4) { this.seek(found.time); arrive(); } else this.start(found.time, arrive);
  }

  // Plays the picked request from its beginning to its end.
  follow({ board, stage }) {
    const row = stage.picked;
    this.pause();
    this.seek(board.r.arrival[row]);
    this.start(board.r.completion[row]);
  }

  setSpeed(speed) { this.speed = speed; this.controls.showSpeed(speed); }

  changeSpeed(by) { this.setSpeed(nextSpeed(this.speed, by)); this.announce(`Speed ${this.speed} times.`); }

  // --- choosing -------------------------------------------------------------------------------------------

  pickedRow(board) { return this.picked === null ? -1 : board.rowOf.get(this.picked) ?? -1; }

  pick(id) {
    this.picked = id;
    for (const { board, stage } of this.panes) stage.picked = this.pickedRow(board);
    this.draw();
    if (id !== null) this.showTab("story");
    else if (this.tab === "story") this.showTab("moves");
    this.changed(this);
  }

  pickNeighbour(by) {
    const { board } = this.panes[this.focus];
    const rows = [...new Set(this.panes[this.focus].stage.drawn.map((mark) => mark.row))].sort((a, b) => a - b);
    if (!rows.length) { this.announce("Nothing is on the stage now."); return; }
    const place = rows.indexOf(this.pickedRow(board));
    const row = rows[place < 0 ? (by > 0 ? 0 : rows.length - 1) : (place + by + rows.length) % rows.length];
    this.pick(board.r.id[row]);
    this.announce(`Request ${board.r.id[row]} picked: ${this.doing(board, row)}.`);
  }

  unpick() { if (this.picked !== null) this.pick(null); else this.setEyes(""); }

  click(number, event) {
    this.focus = number;
    const { stage, frame, board } = this.panes[number], box = frame.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    const mark = stage.markAt(x, y), node = stage.nodeAt(x, y);
    if (mark) { this.pick(board.r.id[mark.row]); this.toggleDetails(true); }
    else if (node >= 0) { this.setEyes(this.eyes === board.nodes[node].name ? "" : board.nodes[node].name); this.showTab("eyes"); }
    else this.pick(null);
  }

  hover(number, event) {
    const { stage, frame } = this.panes[number], box = frame.getBoundingClientRect();
    const x = event.clientX - box.left, y = event.clientY - box.top;
    frame.classList.toggle("pxp-can-click", Boolean(stage.markAt(x, y)) || stage.nodeAt(x, y) >= 0);
  }

  setEyes(name) {
    this.eyes = this.choice.names.includes(name) ? name : "";
    this.choice.select.value = this.eyes;
    this.root.classList.toggle("pxp-looking", this.eyes !== "");
    for (const pane of this.panes) {
      const lens = new Lens(pane.board, this.eyes), { text, tone } = headlineOf(pane.board, lens);
      pane.stage.look(lens);
      pane.banner.textContent = text;
      pane.banner.hidden = !text;
      pane.banner.className = `pxp-banner pxp-${tone}`;
    }
    this.draw();
    if (this.tab === "eyes") this.showTab("eyes");
    this.resize();
    this.changed(this);
  }

  nextEyes(by) {
    const { names } = this.choice, place = names.indexOf(this.eyes);
    this.setEyes(names[(place + by + names.length) % names.length]);
    this.showTab("eyes");
    this.announce(this.eyes ? this.panes[this.focus].banner.textContent : "You see everything.");
  }

  toggleDetails(wanted = !this.root.classList.contains("pxp-with-details")) {
    this.root.classList.toggle("pxp-with-details", wanted);
    this.detailsButton.setAttribute("aria-expanded", String(wanted));
    this.resize();
  }

  help() { this.helpBox.showModal(); }

  // --- drawing --------------------------------------------------------------------------------------------

  toggleTheme() { this.setTheme(this.root.dataset.theme === "dark" ? "light" : "dark"); }

  setTheme(name) {
    this.root.dataset.theme = name;
    document.body.dataset.theme = name;
    const style = getComputedStyle(this.root);
    const names = ["stage", "night", "light", "area", "faint", "link", "card", "edge", "ink", "quiet", "accent", "accent-faint", "on-accent",
      "warn", "warn-ink", "fog", "fog-edge", "fog-ink", "busy", "queue", "stored", "load", "played"];
    this.theme = Object.fromEntries(names.map((key) => [key.replace(/-(.)/g, (_, letter) => letter.toUpperCase()), style.getPropertyValue(`--${key}`).trim()]));
    this.density = Math.min(window.devicePixelRatio || 1, 2);
    this.marks = new Marks(this.boards[0].said, this.theme, 2);
    this.legend.replaceChildren(legendOf(this.boards, this.marks));
    this.controls.paint(this.marks);
    this.resize();
    if (this.tab === "story") this.showTab("story");
  }

  resize() {
    if (!this.marks || !this.panes) return;
    for (const { stage, frame } of this.panes) {
      const { clientWidth: width, clientHeight: height } = frame;
      if (width && height) stage.resize(width, height, this.density, this.theme, this.marks);
    }
    if (this.timeline.box.clientWidth) this.timeline.resize(this.density, this.theme);
    this.draw();
    this.tell();
  }

  draw() {
    for (const { stage } of this.panes) if (stage.width) stage.draw(this.time, this.speed || 1);
    this.timeline.draw(this.time);
    this.controls.time.textContent = clock(this.time);
  }

  // Texts, renewed a few times a second: totals, the table, the ledger, the slider's value.
  tell() {
    this.timeline.say(this.time);
    for (const { board, totals, frame, stage } of this.panes) {
      const { answered, underWay, hitRatio, failures, mean } = board.totals(this.time);
      const about = board.said.each > 1 ? "about " : "";
      const onStage = new Set(stage.drawn.map((mark) => mark.row)).size;
      totals.textContent = !stage.lens.isOpen ? `Visible to it now: ${counted(onStage, "request")}` : `${about}${whole(answered)} answered · ${Object.keys(board.said.caches).length ? `${percent(hitRatio)} hits · ` : ""}mean ${seconds(mean)} · ${whole(failures)} failed · ${whole(underWay)} under way`;
      const sampled = stage.each > 1 ? ` One mark stands for ${stage.each * board.said.each} requests.` : "";
      frame.setAttribute("aria-label", `Stage of ${board.said.title} at ${clock(this.time)}: ${counted(underWay, "request")} under way.${sampled}`);
      if (sampled) totals.textContent += ` · one mark = ${stage.each * board.said.each} requests`;
    }
    if (this.tab === "moves") this.fillMoves();
    if (this.tab === "eyes") this.ledger?.tell(this.time);
  }

  announce(text) {
    this.said.textContent = text;
    this.spoken.textContent = text;
  }

  // --- details --------------------------------------------------------------------------------------------

  showTab(name) {
    this.tab = name;
    for (const tab of this.tabs) {
      tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
      tab.tabIndex = tab.dataset.tab === name ? 0 : -1;
    }
    this.content.setAttribute("aria-labelledby", this.tabs.find((tab) => tab.dataset.tab === name).id);
    const wide = name === "story" && this.picked !== null;
    if (this.root.classList.contains("pxp-wide") !== wide) { this.root.classList.toggle("pxp-wide", wide); this.resize(); }
    this.content.scrollTop = 0;
    ({ moves: () => this.showMoves(), story: () => this.showStory(), eyes: () => this.showLedger() })[name]();
  }

  moveTab(event) {
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!by) return;
    event.preventDefault();
    event.stopPropagation();
    const tab = this.tabs[(this.tabs.findIndex(({ tabIndex }) => tabIndex === 0) + by + this.tabs.length) % this.tabs.length];
    this.showTab(tab.dataset.tab);
    tab.focus();
  }

  showMoves() {
    this.movesBody = el("tbody");
    this.movesMore = el("p", { class: "pxp-small" });
    const head = ["Request", "What it does"].map((text) => el("th", { scope: "col", text }));
    this.content.replaceChildren(
      el("p", { class: "pxp-hint", text: "Choose a request to read its story, or a party on the stage to look through its eyes." }),
      el("table", { class: "pxp-table pxp-moves" }, el("caption", { class: "pxp-visually-hidden", text: "Requests under way" }),
        el("thead", {}, el("tr", {}, head)), this.movesBody),
      this.movesMore);
    this.movesKey = "";
    this.fillMoves();
  }

  fillMoves() {
    const { board, stage } = this.panes[this.focus];
    const hopOf = new Map(stage.drawn.map((mark) => [mark.row, mark.hop]));
    const rows = [...hopOf.keys()].sort((a, b) => a - b);
    const shown = rows.slice(0, TABLE_ROWS).map((row) => ({
      row, doing: this.doing(board, row), outcome: board.outcomeAt(row, this.time), isSealed: !stage.lens.reads(hopOf.get(row)),
    }));
    const key = JSON.stringify(shown);
    if (key === this.movesKey) return;
    this.movesKey = key;
    const focused = this.movesBody.contains(document.activeElement) ? document.activeElement.dataset.request : null;
    this.movesBody.replaceChildren(...shown.map(({ row, doing, outcome, isSealed }) => el("tr", {},
      el("th", { scope: "row" }, el("button", { type: "button", class: "pxp-link", "data-request": board.r.id[row], text: `#${board.r.id[row]}`, onclick: () => this.pick(board.r.id[row]) })),
      el("td", {}, markImage(this.marks, outcome, outcome !== "", isSealed), doing))));
    if (focused !== null) this.movesBody.querySelector(`[data-request="${focused}"]`)?.focus();
    this.movesMore.textContent = rows.length > TABLE_ROWS ? `and ${counted(rows.length - TABLE_ROWS, "more request")} on the stage` : rows.length ? "" : "Nothing is on the stage at this moment.";
  }

  // What a request does at the moment, in words; of several things the innermost.
  doing(board, row) {
    const { h, r, edges, nodes } = board, time = this.time;
    const { lens } = this.panes[this.focus].stage;
    const called = (node) => (lens.how(node) === "" ? "an unknown party" : lens.isOpen || node === lens.self ? nodes[node].name : lens.addresses(node).list[0] ?? "an unknown party");
    for (let hop = r.hops[row + 1] - 1; hop >= r.hops[row]; hop -= 1) {
      if (!lens.seesEdge(h.edge[hop]) || time < h.sent[hop] || time >= h.returned[hop]) continue;
      const from = called(edges[h.edge[hop]].sender), to = called(edges[h.edge[hop]].receiver);
      const begins = h.received[hop] + h.waiting[hop];
      if (time < board.leaves(hop)) return `connecting ${from} to ${to}`;
      if (!(time >= h.received[hop])) return `from ${from} to ${to}`;
      if (time >= h.answered[hop]) return `answer from ${to} to ${from}`;
      return time < begins ? `waits at ${to}` : time < begins + h.service[hop] ? `is served by ${to}` : `at ${to}`;
    }
    return time < r.arrival[row] ? "not yet sent" : time >= r.completion[row] ? "answered" : "out of sight";
  }

  showStory() {
    const pane = this.panes[this.focus].stage.picked >= 0 ? this.panes[this.focus] : this.panes.find(({ stage }) => stage.picked >= 0);
    if (!pane) {
      this.content.replaceChildren(el("h2", { text: "No request picked" }),
        el("p", { text: "Click a mark on the stage, press ↓, or choose a request under “Moves”." }));
      return;
    }
    const others = this.panes.length > 1 ? el("div", { class: "pxp-designs", role: "group", "aria-label": "Design" }, this.panes.map((other, number) => el("button", {
      type: "button", class: "pxp-ghost", "aria-pressed": String(other === pane), text: other.board.said.title, onclick: () => { this.focus = number; this.showStory(); },
    }))) : null;
    const close = el("button", { type: "button", class: "pxp-ghost pxp-close", text: "Close", title: "Close (Escape)", onclick: () => this.pick(null) });
    this.content.replaceChildren(...[close, others, story(pane.board, pane.stage.picked, this.marks, (time) => { this.pause(); this.seek(time); }, () => this.follow(pane))].filter(Boolean));
  }

  showLedger() {
    const { board, stage } = this.panes[this.focus];
    this.ledger = new Ledger(board, stage.lens);
    this.content.replaceChildren(this.ledger.root);
    this.ledger.tell(this.time);
  }

  // Times drawing, for the benchmark: medians in milliseconds.
  measure(frames = 200) {
    const median = (some) => some.sort((one, other) => one - other)[some.length >> 1];
    const timed = (does) => { const start = performance.now(); does(); return performance.now() - start; };
    const at = Array.from({ length: frames }, (_, i) => (this.end * ((i * 0.618034) % 1)));
    const all = timed(() => { for (const time of at) for (const board of this.boards) board.between(time, time); });
    const frame = median(at.map((time) => { this.time = time; return timed(() => this.draw()); }));
    return { seek_ms: all / frames, frame_ms: frame }; // a seek is too short for the browser's clock to be timed alone
  }
}

export async function open(root, raws, options, changed) {
  root.replaceChildren(el("p", { class: "pxp-loading", text: "Reading the trace …" }));
  try {
    return new Player(root, await Promise.all(raws.map(unpackBoard)), options, changed);
  } catch (error) {
    const text = typeof DecompressionStream === "undefined" ? "This browser is too old for the player: it needs DecompressionStream." : `The trace cannot be shown: ${error.message}`;
    root.replaceChildren(el("p", { class: "pxp-loading", role: "alert", text }));
    throw error;
  }
}

// In a page of its own: the data stand in it, options behind the # of its address.
export function boot() {
  const data = document.getElementById("pxp-data");
  if (!data) return;
  const options = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
  const raws = JSON.parse(data.textContent);
  data.textContent = "";
  window.proxysim = open(document.getElementById("pxp-root"), raws, options).then((player) => {
    document.documentElement.dataset.ready = "yes";
    window.proxysimReady = performance.now(); // since the page was asked for
    return player;
  });
}

// In a notebook: what is picked goes to Python, and what Python sets is picked.
export async function renderWidget({ model, el: place }) {
  const root = el("div", { class: "pxp", "data-lm-suppress-shortcuts": "true" }); // keys are the player's here
  place.append(root);
  const options = { eyes: model.get("party") };
  if (model.get("time_s") !== null) options.t = model.get("time_s");
  if (model.get("request") !== null) options.pick = model.get("request");
  const tell = (player) => {
    model.set({ request: player.picked, party: player.eyes, time_s: player.time });
    model.save_changes();
  };
  const player = await open(root, JSON.parse(model.get("boards")), options, (changed) => { if (changed.isReady) tell(changed); });
  player.isReady = true;
  tell(player);
  const listen = (name, does) => model.on(`change:${name}`, () => does(model.get(name)));
  listen("request", (id) => { if (id !== player.picked) player.pick(id); });
  listen("party", (name) => { if (name !== player.eyes) { player.setEyes(name); player.showTab("eyes"); } });
  listen("time_s", (time) => { if (time !== null && time !== player.time) { player.pause(); player.seek(time); } });
  return () => player.close();
}
