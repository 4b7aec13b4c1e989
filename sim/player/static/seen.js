// What an observer can know: a lens that filters a board.

export const EVERYTHING = "";

export class Lens {
  constructor(board, observer) {
    this.board = board;
    this.observer = counterpart(board, observer);
    this.isOpen = observer === EVERYTHING;
    this.said = board.said.eyes[this.observer];
    this.isThere = this.isOpen || this.said !== undefined;
    this.self = board.nodeOf.get(this.observer) ?? -1;
    this.tapped = board.edges.findIndex((edge) => this.observer === tapName(board, edge));
  }

  // How a node is known: "self", "peer", "told", or "" if not at all.
  how(node) {
    if (this.isOpen || node === this.self) return "self";
    const ways = this.said?.knows[this.board.nodes[node].name];
    return ways ? (ways.peer ? "peer" : "told") : "";
  }

  addresses(node) {
    const { addresses, block } = this.board.nodes[node];
    if (this.how(node) === "self") return { list: addresses.length ? addresses : block ? [block] : [], count: addresses.length };
    const ways = this.said?.knows[this.board.nodes[node].name];
    const way = ways?.peer ?? ways?.told;
    return way ? { list: way.addresses, count: way.count } : { list: [], count: 0 };
  }

  seesEdge(edge) {
    if (this.isOpen) return true;
    const { sender, receiver } = this.board.edges[edge];
    return edge === this.tapped || sender === this.self || receiver === this.self;
  }

  // Whether fields and content of an exchange could be read by the observer.
  reads(hop) {
    if (this.isOpen) return true;
    const rule = this.board.said.readable[this.board.word("tls_mode", this.board.h.tls_mode[hop])];
    return rule ? (this.tapped >= 0 ? rule.taps : rule.ends) : false;
  }
}

// A tap stands on another link where a design lacks that one: beside the same sender, or else the same receiver.
function counterpart(board, observer) {
  if (board.said.eyes[observer] || !observer.startsWith("tap:")) return observer;
  const [sender, receiver] = observer.slice(4).split("\u2013");
  const edge = board.edges.find((one) => board.nodes[one.sender].name === sender)
    ?? board.edges.find((one) => board.nodes[one.receiver].name === receiver);
  return edge ? tapName(board, edge) : observer;
}

export function tapName(board, edge) {
  return `tap:${board.nodes[edge.sender].name}\u2013${board.nodes[edge.receiver].name}`;
}

// What every node and every tap on its way saw of one request.
export function sawOf(board, row) {
  const seen = new Map();
  const note = (observer, hop, rule, message) => {
    const readable = rule === "ends" ? readableBy(board, hop).ends : readableBy(board, hop).taps;
    const entry = seen.get(observer) ?? { observer, addresses: new Set(), told: new Set(), readable: false, server: false };
    entry.addresses.add(board.word("address", message === "request" ? board.h.source[hop] : board.h.destination[hop]));
    if (rule === "taps") entry.addresses.add(board.word("address", board.h.destination[hop]));
    entry.readable ||= readable;
    entry.server ||= readableBy(board, hop).sni;
    if (readable && message === "request") {
      for (const address of claimed(board, hop)) entry.told.add(address);
    }
    seen.set(observer, entry);
  };
  for (let hop = board.r.hops[row]; hop < board.r.hops[row + 1]; hop += 1) {
    const edge = board.edges[board.h.edge[hop]];
    if (!Number.isNaN(board.h.received[hop])) {
      note(board.nodes[edge.receiver].name, hop, "ends", "request");
      note(tapName(board, edge), hop, "taps", "request");
    }
    if (!Number.isNaN(board.h.answered[hop])) note(board.nodes[edge.sender].name, hop, "ends", "response");
  }
  return [...seen.values()];
}

const readableBy = (board, hop) => board.said.readable[board.word("tls_mode", board.h.tls_mode[hop])]
  ?? { ends: true, taps: false, sni: false };

function claimed(board, hop) {
  return board.word("claimed", board.h.claimed[hop]).split(",").map((part) => part.trim()).filter(Boolean);
}
