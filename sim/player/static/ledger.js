// What the chosen observer can know: in one sentence, in a table, and in figures.

import { search } from "./data.js";
import { counted, digits, el, percent, seconds, svg, whole } from "./words.js";

// The finding in one sentence.
export function headlineOf(board, lens) {
  if (lens.isOpen) return { text: "", tone: "" };
  const name = spoken(lens.observer);
  if (!lens.isThere) return { text: `There is no ${lens.observer.replace("tap:", "link ")} in this design.`, tone: "none" };
  const clients = board.nodes.filter((node) => node.role === "client");
  const total = clients.reduce((sum, node) => sum + (node.count ?? 1), 0), people = clients.map((node) => node.name).join(", ");
  if (clients.some((node) => node.name === lens.observer)) return { text: `${name} only ever meet ${peersOf(board, lens)}.`, tone: "hidden" };
  const seen = sum(clients, lens, "peer"), told = sum(clients, lens, "told");
  const sealed = lens.said.sealed && !lens.said.read ? ", but what they send is encrypted" : "";
  if (seen) return { text: `${name} sees ${outOf(seen, total)} ${people} by their own address${sealed}.`, tone: "exposed" };
  const peers = peersOf(board, lens);
  if (told) return { text: `${name} meets only ${peers}, but a field names ${outOf(told, total)} ${people}.`, tone: "told" };
  const figure = lens.said.anonymity.peer;
  const crowd = figure && figure.clients > 1 ? `: behind it ${whole(figure.clients)} ${people} whom it cannot tell apart` : "";
  return { text: `${name} meets only ${peers}${crowd}${sealed}.`, tone: "hidden" };
}

const outOf = (some, all) => (some === 2 && all === 2 ? "both" : some >= all ? `all ${whole(all)}` : `${whole(some)} of ${whole(all)}`);

const spoken = (observer) => observer.replace("tap:", "A tap on ");

const sum = (clients, lens, how) => clients.reduce((so_far, node) => so_far + (lens.said.knows[node.name]?.[how]?.count ?? 0), 0);

function peersOf(board, lens) {
  const found = Object.entries(lens.said.knows).filter(([, ways]) => ways.peer);
  const addresses = found.flatMap(([, ways]) => ways.peer.addresses), count = found.reduce((total, [, ways]) => total + ways.peer.count, 0);
  if (!count) return "nobody";
  return count <= 2 ? addresses.join(" and ") : `${whole(count)} addresses`;
}

export class Ledger {
  constructor(board, lens) {
    Object.assign(this, { board, lens, counters: [] });
    this.root = lens.isOpen ? this.invitation() : this.page();
  }

  invitation() {
    return el("div", {},
      el("h2", { text: "Through whose eyes?" }),
      el("p", { text: "You see everything now, as the trace records it. No party on the network does." }),
      el("p", { text: "Choose a party above (or press V): the stage then shows only what that party can know. A party unknown to it becomes a question mark, and a message that it could not read an envelope." }));
  }

  page() {
    const { text, tone } = headlineOf(this.board, this.lens);
    if (!this.lens.isThere) return el("p", { text });
    return el("div", {},
      el("h2", { text: `Through the eyes of ${this.lens.observer.replace("tap:", "a tap on ")}` }),
      el("p", { class: `pxp-lesson pxp-${tone}`, text }),
      el("h3", { text: "Addresses that it knows" }), this.parties(),
      el("h3", { text: "What it could read" }), this.reading(),
      el("h3", { text: "How well the clients are hidden from it" }), this.figures());
  }

  parties() {
    const rows = [];
    for (const [, ways] of Object.entries(this.lens.said.knows)) {
      for (const [how, way] of Object.entries(ways)) {
        const counter = el("td", { class: "pxp-number" });
        this.counters.push({ counter, way });
        rows.push(el("tr", {},
          el("th", { scope: "row", class: "pxp-addresses", text: listed(way) }),
          el("td", { text: how === "peer" ? "on a connection" : "named in a field" }), counter));
      }
    }
    if (!rows.length) return el("p", { text: "None: no message passed it." });
    const head = ["Addresses", "How", "Seen so far"].map((text) => el("th", { scope: "col", text }));
    return el("table", { class: "pxp-table" }, el("thead", {}, el("tr", {}, head)), el("tbody", {}, rows));
  }

  isClient() { return this.board.nodes[this.lens.self]?.role === "client"; }

  reading() {
    if (this.isClient()) return el("p", { text: "Its own requests, and the answers to them." });
    const { read = 0, sealed = 0, hosts = [], snis = [], targets = 0 } = this.lens.said;
    const facts = [`${counted(read, "message")} with fields and content`, `${counted(sealed, "message")} encrypted`,
      `${counted(targets, "target")}, all different`, `hosts: ${hosts.join(", ") || "none"}`];
    if (snis.length) facts.push(`server names in handshakes: ${snis.join(", ")}`);
    return el("ul", { class: "pxp-facts-list" }, facts.map((text) => el("li", { text })));
  }

  figures() {
    const { peer, told } = this.lens.said.anonymity;
    if (!peer) return el("p", { text: this.isClient() ? "It sees no requests but its own." : "It saw no request of theirs." });
    const isSame = JSON.stringify(peer) === JSON.stringify(told);
    return el("div", {}, this.figure("By connections alone", peer), isSame ? null : this.figure("By connections and fields", told),
      el("p", { class: "pxp-small", text: "Effective size: two to the power of the sender's entropy (Serjantov and Danezis 2002). Degree: entropy against that of all clients alike (Díaz et al. 2002). Over the whole run." }));
  }

  figure(title, { clients, names, smallest_set: smallest, entropy_bits: entropy, effective_size: effective, degree_ratio: degree }) {
    const dots = svg("svg", { class: "pxp-crowd", viewBox: "0 0 300 28", "aria-hidden": "true" });
    const most = Math.min(clients, 20);
    for (let i = 0; i < most; i += 1) {
      dots.append(svg("circle", { cx: 9 + i * 14.7, cy: 14, r: 5.6, class: i < (effective / clients) * most - 1e-6 ? "pxp-may" : "pxp-out" }));
    }
    return el("section", { class: "pxp-figure" },
      el("h4", { text: title }),
      el("p", { class: "pxp-big" }, el("b", { text: digits(effective) }), ` of ${whole(clients)} may as well have asked`), dots,
      el("p", { class: "pxp-small", text: `${counted(names, "name")} · smallest set ${whole(smallest)} · entropy ${digits(entropy)} bit · degree ${degree === null ? "–" : percent(degree)}` }));
  }

  // The numbers grow with the clock.
  tell(time) {
    for (const { counter, way } of this.counters) {
      const soFar = search(way.first_seen_s, (moment) => moment > time);
      const text = soFar < way.first_seen_s.length || way.first_seen_s.length === way.count ? whole(soFar) : `${whole(soFar)} or more`;
      const since = way.first_seen_s.length && soFar ? `, since ${seconds(way.first_seen_s[0])}` : "";
      counter.textContent = `${text} of ${whole(way.count)}${since}`;
    }
  }
}

function listed({ addresses, count }) {
  const shown = addresses.slice(0, 6).join(", ");
  return count > 6 ? `${shown}, … (${whole(count)} in all)` : shown;
}
