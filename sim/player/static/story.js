// One request's story: what happened to it step by step, in the textbook's words, as a ladder that a screen reader can read.

import { sawOf } from "./seen.js";
import { markImage } from "./marks.js";
import { amount, counted, el, seconds, svg } from "./words.js";

const RUNG = 34;
const DOT_Y = 17;

export function story(board, row, marks, seek, follow) {
  const parties = partiesOf(board, row), arrival = board.r.arrival[row];
  const rows = rowsOf(board, row).map((entry) => (entry.step ? stepItem(board, entry, parties, arrival, seek) : messageItem(board, entry, parties, arrival, seek)));
  return el("article", { class: "pxp-story" },
    headline(board, row, marks),
    el("button", { type: "button", class: "pxp-primary pxp-follow", text: "▶ Follow it on the stage", onclick: follow }),
    el("p", { class: "pxp-why", text: why(board, row) }),
    breakdown(board, row),
    el("h3", { text: "Step by step" }),
    ladderHead(board, parties),
    el("ol", { class: "pxp-ladder" }, rows),
    el("h3", { text: "Who saw what of it" }),
    sawTable(board, row),
  );
}

function headline(board, row, marks) {
  const outcome = board.outcome(row), lasted = board.r.completion[row] - board.r.arrival[row];
  const target = board.word("target", board.r.target[row]);
  return el("header", {},
    el("h2", {}, markImage(marks, outcome), ` Request ${board.r.id[row]}: ${board.said.legend[outcome]?.phrase ?? outcome}, ${seconds(lasted)}`),
    el("p", { class: "pxp-target" }, el("b", { text: `${board.word("method", board.r.method[row])} ` }), target),
  );
}

export function why(board, row) {
  const { h, r, edges, nodes } = board;
  const sentences = [];
  for (let hop = r.hops[row]; hop < r.hops[row + 1]; hop += 1) {
    const status = board.word("cache_status", h.cache_status[hop]);
    if (status) sentences.push(`At ${nodes[edges[h.edge[hop]].receiver].name}: ${board.said.cache_words[status]?.reason ?? status}.`);
    if (h.attempt[hop] > 0) sentences.push(`It was retried at ${nodes[edges[h.edge[hop]].receiver].name}.`);
  }
  const error = board.word("error", r.error[row]), refusal = board.said.legend[board.refusal(error, r.status[row])];
  if (refusal) sentences.push(`It was ${refusal.meaning}.`);
  const by = r.answered_by[row] >= 0 ? nodes[r.answered_by[row]] : null;
  if (by && by.role === "backend") sentences.push(`So ${by.name} made the answer.`);
  else if (by) sentences.push(`So ${by.name} answered, and no backend was asked.`);
  if (error && !refusal) sentences.push(`It failed: ${error.replaceAll("_", " ")}.`);
  if (!sentences.length) sentences.push("It was not answered.");
  return sentences.join(" ");
}

// --- where the time went ----------------------------------------------------------------------------------

function breakdown(board, row) {
  const { h, r } = board, lasted = r.completion[row] - r.arrival[row];
  const names = Object.keys(board.said.parts), parts = Object.fromEntries(names.map((name) => [name, 0]));
  for (let hop = r.hops[row]; hop < r.hops[row + 1]; hop += 1) {
    if (h.task[hop]) continue; // a background task adds nothing to the response time
    for (const name of names) if (h[name]) parts[name] += h[name][hop];
    if (!Number.isNaN(h.answered[hop])) parts.transfer += h.received[hop] - board.leaves(hop) + h.returned[hop] - h.answered[hop];
  }
  parts[board.said.unanswered] = lasted - names.reduce((sum, name) => sum + parts[name], 0); // what no other part explains
  const shown = Object.entries(parts).filter(([, time]) => time > lasted * 1e-4);
  const bar = svg("svg", { class: "pxp-breakdown", viewBox: "0 0 100 10", preserveAspectRatio: "none", "aria-hidden": "true" });
  let x = 0;
  for (const [name, time] of shown) {
    const width = (100 * time) / lasted;
    bar.append(svg("rect", { x, y: 0, width, height: 10, fill: board.said.parts[name].colour }));
    x += width;
  }
  const words = shown.map(([name, time]) => el("li", {},
    svg("svg", { class: "pxp-swatch", viewBox: "0 0 10 10", "aria-hidden": "true" }, svg("rect", { width: 10, height: 10, fill: board.said.parts[name].colour })),
    `${board.said.parts[name].phrase} ${seconds(time)}`));
  return el("div", {}, bar, el("ul", { class: "pxp-causes", "aria-label": "Where the time went" }, words));
}

// --- the ladder -------------------------------------------------------------------------------------------

function partiesOf(board, row) {
  const found = new Map();
  for (let hop = board.r.hops[row]; hop < board.r.hops[row + 1]; hop += 1) {
    const { sender, receiver } = board.edges[board.h.edge[hop]];
    for (const node of [sender, receiver]) if (!found.has(node)) found.set(node, found.size);
  }
  return found;
}

// Steps in order, and before each what had to arrive for it.
function rowsOf(board, row) {
  const { h, r } = board, messages = [];
  for (let hop = r.hops[row]; hop < r.hops[row + 1]; hop += 1) {
    const lost = Number.isNaN(h.received[hop]);
    messages.push({ hop, kind: "request", time: lost ? board.leaves(hop) : h.received[hop], lost });
    messages.push({ hop, kind: Number.isNaN(h.answered[hop]) ? "none" : "response", time: h.returned[hop] });
  }
  messages.sort((one, other) => one.time - other.time || one.hop - other.hop);
  const rows = [], gap = board.said.tick_s;
  for (const step of board.steps(row)) {
    while (messages.length && messages[0].time <= step.time + gap && !isBefore(board, step, messages[0])) rows.push(messages.shift());
    rows.push({ step, time: step.time });
  }
  return [...rows, ...messages];
}

// Whether a step comes before a message of the same moment: it is the step that sends it.
function isBefore(board, step, message) {
  if (Math.abs(step.time - message.time) > board.said.tick_s) return false;
  const edge = board.edges[board.h.edge[message.hop]];
  return message.kind === "request" ? step.node !== edge.receiver : step.node !== edge.sender;
}

function ladderHead(board, parties) {
  const width = RUNG * parties.size;
  const picture = svg("svg", { class: "pxp-ladder-head", width: width + 90, height: 74, "aria-hidden": "true" });
  for (const [node, place] of parties) {
    const x = RUNG * (place + 0.5);
    picture.append(svg("text", { x, y: 68, transform: `rotate(-35 ${x} 68)`, text: board.nodes[node].name }));
  }
  return picture;
}

function rung(parties, draw) {
  const picture = svg("svg", { class: "pxp-rung", width: RUNG * parties.size, height: "100%" });
  for (const place of parties.values()) {
    const x = RUNG * (place + 0.5);
    picture.append(svg("line", { class: "pxp-lifeline", x1: x, x2: x, y1: 0, y2: "100%" }));
  }
  draw(picture, (node) => RUNG * (parties.get(node) + 0.5));
  return el("div", { class: "pxp-rung-cell", "aria-hidden": "true", "data-rungs": parties.size }, picture);
}

function item(kind, time, arrival, seek, picture, ...text) {
  picture.style.width = `${RUNG * Number(picture.dataset.rungs)}px`;
  const after = `${time >= arrival ? "+" : "−"}${seconds(Math.abs(time - arrival))}`;
  const button = el("button", { class: "pxp-when", type: "button", title: "Show this moment on the stage", text: after, onclick: () => seek(time) });
  return el("li", { class: `pxp-rung-row pxp-is-${kind}` }, picture, el("div", { class: "pxp-rung-text" }, ...text), button);
}

function stepItem(board, { step }, parties, arrival, seek) {
  const node = board.nodes[step.node];
  const picture = rung(parties, (drawing, x) => {
    const at = parties.has(step.node) ? x(step.node) : 0;
    drawing.append(svg("circle", { class: "pxp-step-dot", cx: at, cy: DOT_Y, r: 10.5 }));
    drawing.append(svg("text", { class: "pxp-step-number", x: at, y: DOT_Y + 4.5, text: String(step.number) }));
  });
  const detail = step.detail ? el("span", { class: "pxp-detail", text: ` → ${step.detail}` }) : null;
  return item("step", step.time, arrival, seek, picture,
    el("b", { text: node.name }), el("span", { class: "pxp-visually-hidden", text: `, step ${step.number}` }), `: ${step.text ?? ""}`, detail);
}

function messageItem(board, { hop, kind, time, lost }, parties, arrival, seek) {
  const { sender, receiver } = board.edges[board.h.edge[hop]];
  const isRequest = kind === "request";
  const [from, to] = isRequest ? [sender, receiver] : [receiver, sender];
  const picture = rung(parties, (drawing, x) => arrow(drawing, x(from), x(to), isRequest, lost || kind === "none"));
  const names = `${board.nodes[from].name} → ${board.nodes[to].name}`;
  const text = kind === "none" ? `No answer: ${board.nodes[sender].name} gave up waiting for ${board.nodes[receiver].name}.`
    : `${isRequest ? "Request" : `Response ${board.h.status[hop]}`}, ${names}${lost ? ": lost on the way" : ""}`;
  return item("message", time, arrival, seek, picture, el("span", { text }), " ", ...messageFacts(board, hop, kind), fieldsOf(board, hop, kind));
}

function messageFacts(board, hop, kind) {
  const { h } = board;
  if (kind === "none") return [];
  const took = kind === "request" ? h.received[hop] - board.leaves(hop) : h.returned[hop] - h.answered[hop];
  const size = kind === "request" ? h.request_bytes[hop] : h.response_bytes[hop];
  const facts = [`${seconds(took)} on the link`, amount(size, "bytes")];
  const mode = board.word("tls_mode", h.tls_mode[hop]);
  if (kind === "request") {
    facts.push(h.connection_reused[hop] ? "connection kept from before" : `connecting ${seconds(h.connect[hop])}`);
    if (h.tls[hop] > 0) facts.push(`TLS handshake ${seconds(h.tls[hop])}`);
    facts.push(`from ${board.word("address", h.source[hop])} to ${board.word("address", h.destination[hop])}`);
  }
  if (h.task[hop]) facts.push("in the background: the answer does not wait for it");
  if (mode !== "plain") facts.push(`encrypted (${mode})`);
  return [el("span", { class: "pxp-facts", text: facts.join(" · ") })];
}

function arrow(drawing, from, to, isRequest, isLost) {
  const end = isLost ? (from + to) / 2 : to, ahead = Math.sign(to - from) || 1;
  drawing.append(svg("line", { class: isRequest ? "pxp-arrow" : "pxp-arrow pxp-dashed", x1: from, x2: end - 5 * ahead, y1: DOT_Y, y2: DOT_Y }));
  if (isLost) drawing.append(svg("path", { class: "pxp-lost", d: `M${end - 5} ${DOT_Y - 5}l10 10m0 -10l-10 10` }));
  else drawing.append(svg("path", { class: "pxp-arrow-head", d: `M${end} ${DOT_Y}l${-9 * ahead} -5v10z` }));
}

// --- fields as a difference -------------------------------------------------------------------------------

// Compares the fields of a message with those that its sender had received: added, removed, or changed.
export function changes(board, hop, kind) {
  const found = [];
  for (const [column, [message, name]] of Object.entries(board.said.fields)) {
    if (message !== kind) continue;
    const now = board.word(column, board.h[column][hop]);
    const [had] = before(board, hop, kind, column);
    if (now === had) { if (now) found.push({ sign: " ", name, kept: now, added: "" }); continue; }
    if (had && now.startsWith(had)) found.push({ sign: "+", name, kept: had, added: now.slice(had.length) });
    else {
      if (had) found.push({ sign: "−", name, kept: "", added: had });
      if (now) found.push({ sign: "+", name, kept: "", added: now });
    }
  }
  return found;
}

function before(board, hop, kind, column) {
  const { h, r } = board, row = rowOfHop(board, hop), first = r.hops[row];
  if (kind === "request") return h.parent[hop] < 0 ? [""] : [board.word(column, h[column][first + h.parent[hop]])];
  for (let other = r.hops[row + 1] - 1; other > hop; other -= 1) {
    if (h.parent[other] === hop - first) return [board.word(column, h[column][other])];
  }
  return [""];
}

function rowOfHop(board, hop) {
  let low = 0, high = board.rows;
  while (low < high) { const middle = (low + high) >> 1; if (board.r.hops[middle + 1] > hop) high = middle; else low = middle + 1; }
  return low;
}

function fieldsOf(board, hop, kind) {
  const found = changes(board, hop, kind);
  if (!found.length) return null;
  return el("ul", { class: "pxp-fields", "aria-label": "Fields" }, found.map(({ sign, name, kept, added }) =>
    el("li", { class: { "+": "pxp-added", "−": "pxp-removed" }[sign] ?? "pxp-kept" },
      el("span", { class: "pxp-sign", "aria-label": { "+": "added", "−": "removed" }[sign] ?? "unchanged", text: sign }),
      `${name}: `, kept, added ? el("ins", { text: added }) : null)));
}

function sawTable(board, row) {
  const head = ["Party", "Addresses seen", "Named in fields", "Content"].map((text) => el("th", { scope: "col", text }));
  const body = sawOf(board, row).map((entry) => el("tr", {},
    el("th", { scope: "row", text: entry.observer.replace("tap:", "tap on ") }),
    el("td", { text: [...entry.addresses].join(", ") }),
    el("td", { text: [...entry.told].join(", ") || "–" }),
    el("td", { text: entry.readable ? "readable" : entry.server ? "encrypted, except for the server's name" : "encrypted" })));
  return el("table", { class: "pxp-table" },
    el("caption", { class: "pxp-visually-hidden", text: `Who saw what of request ${board.r.id[row]}: ${counted(body.length, "observer")}` }),
    el("thead", {}, el("tr", {}, head)), el("tbody", {}, body));
}
