// A board: the columns of a trace, and queries about a moment.

import { clamp } from "./words.js";

const ABSENT = -(2 ** 31);
const SERVER_ERROR = 500;
export const RETRY = "retry";
const MOMENT_WORDS = ["sent", "received", "answered", "returned"];

export async function unpackBoard(raw) {
  const columns = await unpackColumns(raw.packed);
  const { r, h } = restoreTimes(columns, raw.tick_s, Object.keys(raw.parts));
  const index = { ...raw.buckets, offsets: running(columns["x.count"], 1), rows: running(columns["x.row"], 0) };
  const missed = Float64Array.from(columns["s.missed"], (ticks) => ticks * raw.tick_s);
  return new Board({ ...raw, packed: null }, r, h, index, missed);
}

async function unpackColumns({ columns, stream }) {
  const text = atob(stream);
  const deflated = Uint8Array.from({ length: text.length }, (_, place) => text.charCodeAt(place));
  const inflating = new Blob([deflated]).stream().pipeThrough(new DecompressionStream("deflate"));
  const bytes = new Uint8Array(await new Response(inflating).arrayBuffer());
  const found = {};
  let start = 0;
  for (const [name, width, length] of columns) {
    found[name] = fromPlanes(bytes, start, width, length);
    start += width * length;
  }
  return found;
}

// All lowest bytes come first, then all second ones, …; the highest carries the sign.
function fromPlanes(bytes, start, width, length) {
  const values = width === 1 ? new Int8Array(length) : width === 2 ? new Int16Array(length) : new Int32Array(length);
  for (let plane = 0; plane < width; plane += 1) {
    const from = start + plane * length, shift = 8 * plane;
    for (let i = 0; i < length; i += 1) values[i] |= bytes[from + i] << shift;
  }
  return values;
}

// Sums up differences; with `leading` zeros in front it makes offsets out of counts.
function running(differences, leading) {
  const sums = new Int32Array(differences.length + leading);
  let sum = 0;
  for (let i = 0; i < differences.length; i += 1) sums[i + leading] = sum += differences[i];
  return sums;
}

function restoreTimes(columns, tick, partNames) {
  const part = (letter) => Object.fromEntries(
    Object.entries(columns).filter(([name]) => name.startsWith(`${letter}.`)).map(([name, all]) => [name.slice(2), all]),
  );
  const r = part("r"), h = part("h");
  r.hops = running(r.hops, 1);
  r.id = running(r.id, 0);
  const rows = r.arrival.length, arrival = new Float64Array(rows), completion = new Float64Array(rows);
  const end = new Float64Array(rows), decided = new Float64Array(rows);
  const exchanges = h.sent.length;
  const [sent, received, answered, returned] = MOMENT_WORDS.map(() => new Float64Array(exchanges));
  let now = 0;
  for (let row = 0; row < rows; row += 1) {
    now += r.arrival[row];
    const done = now + r.completion[row];
    arrival[row] = now * tick;
    completion[row] = done * tick;
    end[row] = (done + r.end[row]) * tick;
    decided[row] = (done + r.decided[row]) * tick;
    for (let hop = r.hops[row]; hop < r.hops[row + 1]; hop += 1) {
      let at = now + h.sent[hop];
      sent[hop] = at * tick;
      received[hop] = h.received[hop] === ABSENT ? NaN : (at += h.received[hop]) * tick;
      answered[hop] = h.answered[hop] === ABSENT ? NaN : (at += h.answered[hop]) * tick;
      returned[hop] = h.returned[hop] === ABSENT ? NaN : (at + h.returned[hop]) * tick;
    }
  }
  const inSeconds = (ticks) => Float64Array.from(ticks, (value) => (value === ABSENT ? 0 : value * tick));
  const parts = Object.fromEntries(partNames.filter((name) => h[name]).map((name) => [name, inSeconds(h[name])]));
  return { r: { ...r, arrival, completion, end, decided }, h: { ...h, ...parts, sent, received, answered, returned } };
}

export class Board {
  constructor(said, r, h, index, missed) {
    Object.assign(this, { said, r, h, index, missed });
    this.rows = r.arrival.length;
    this.end = said.timeline.end_s;
    this.nodes = said.nodes;
    this.edges = said.edges;
    this.nodeOf = new Map(said.nodes.map((node, number) => [node.name, number]));
    this.rowOf = new Map(Array.from(r.id, (id, row) => [id, row]));
    this.known = new Map();
  }

  // Links on which some exchange was protected by TLS.
  sealedEdges() {
    if (!this.sealed) {
      const plain = this.said.words.tls_mode.indexOf("plain");
      this.sealed = new Set();
      this.h.tls_mode.forEach((mode, hop) => { if (mode !== plain) this.sealed.add(this.h.edge[hop]); });
    }
    return this.sealed;
  }

  word(name, code) { return this.said.words[name][code]; }

  outcome(row) { return this.word("outcome", this.r.outcome[row]); }

  // The outcome as far as it is decided at a moment: before that, the picture must not show it.
  outcomeAt(row, time) { return time >= this.r.decided[row] ? this.outcome(row) : ""; }

  // The outcome that one exchange's response stands for: a failed attempt is a failure, whatever became of the request.
  outcomeOfHop(row, hop, time) {
    const status = this.h.status[hop], error = this.word("error", this.h.error[hop]);
    if (error) return this.refusal(error, status) ?? this.said.failure;
    return status >= SERVER_ERROR ? this.said.failure : this.outcomeAt(row, time);
  }

  // The outcome with which a proxy refuses by an error type and a status; none if that is no refusal.
  refusal(error, status) {
    return Object.values(this.said.legend)
      .find(({ errors, statuses }) => errors.includes(error) && (!statuses.length || statuses.includes(status)))?.word;
  }

  // Rows under way at some moment between two; the cost grows with what is found, not with the length of the trace.
  between(from, to) {
    const { start_s: start, width_s: width, offsets, rows } = this.index;
    const last = offsets.length - 2;
    const first = clamp(Math.floor((from - start) / width), 0, last);
    const final = clamp(Math.floor((to - start) / width), 0, last);
    const found = [];
    for (let bucket = first; bucket <= final; bucket += 1) {
      for (let place = offsets[bucket]; place < offsets[bucket + 1]; place += 1) {
        const row = rows[place];
        if (this.r.arrival[row] > to || this.r.end[row] < from) continue;
        const begun = Math.floor((this.r.arrival[row] + this.said.tick_s - start) / width);
        if (bucket === first || begun >= bucket) found.push(row); // else an earlier bucket had it
      }
    }
    return found;
  }

  // --- events, for stepping -------------------------------------------------------------------------------

  events(row) {
    const { h, r } = this, found = [];
    const add = (time, kind, hop) => { if (Number.isFinite(time)) found.push({ time, kind, hop, row }); };
    for (let hop = r.hops[row]; hop < r.hops[row + 1]; hop += 1) {
      const leaves = this.leaves(hop);
      if (leaves > h.sent[hop]) add(h.sent[hop], "connects", hop);
      add(leaves, "sends", hop);
      add(h.received[hop], "receives", hop);
      if (h.waiting[hop] > 0) add(h.received[hop] + h.waiting[hop], "serves", hop);
      add(h.answered[hop], "answers", hop);
      add(h.returned[hop], Number.isNaN(h.answered[hop]) ? "gives up" : "has the answer", hop);
    }
    return found.sort((one, other) => one.time - other.time);
  }

  leaves(hop) { return this.h.sent[hop] + this.h.connect[hop] + this.h.tls[hop]; }

  // The nearest event after (direction 1) or before (-1) a moment, of one request or of all.
  neighbour(time, direction, row = -1, allowed = () => true) {
    const gap = this.said.tick_s / 2;
    const beyond = (event) => (event.time - time) * direction > gap && allowed(event);
    const nearer = (best, event) => (!best || (event.time - best.time) * direction < 0 ? event : best);
    if (row >= 0) return this.events(row).filter(beyond).reduce(nearer, null);
    const { width_s: width, offsets, start_s: start } = this.index;
    const last = offsets.length - 2;
    let bucket = clamp(Math.floor((time - start) / width), 0, last);
    let best = null;
    for (; bucket >= 0 && bucket <= last; bucket += direction) {
      for (let place = offsets[bucket]; place < offsets[bucket + 1]; place += 1) {
        best = this.events(this.index.rows[place]).filter(beyond).reduce(nearer, best);
      }
      const edge = start + (direction > 0 ? bucket + 1 : bucket) * width;
      if (best && (best.time - edge) * direction <= 0) return best;
    }
    return best;
  }

  // Moments of a kind, in order: an outcome that was decided, or a further attempt.
  moments(kind) {
    if (!this.known.has(kind)) {
      const found = [];
      const code = this.said.words.outcome.indexOf(kind);
      for (let row = 0; row < this.rows; row += 1) {
        if (kind !== RETRY) { if (this.r.outcome[row] === code) found.push({ time: this.r.decided[row], row }); continue; }
        for (let hop = this.r.hops[row]; hop < this.r.hops[row + 1]; hop += 1) {
          if (this.h.attempt[hop] > 0) found.push({ time: this.h.sent[hop], row });
        }
      }
      this.known.set(kind, found.sort((one, other) => one.time - other.time));
    }
    return this.known.get(kind);
  }

  nextOf(kind, time) {
    const all = this.moments(kind), gap = this.said.tick_s / 2;
    return all[search(all, (moment) => moment.time > time + gap)] ?? null;
  }

  // --- running totals -------------------------------------------------------------------------------------

  nextArrival(time) {
    this.summed ??= this.sumUp();
    return this.begun[search(this.begun, (arrival) => arrival > time)] ?? Infinity;
  }

  totals(time) {
    this.summed ??= this.sumUp();
    const { done, hits, failures, lasted } = this.summed, each = this.said.each;
    const answered = search(done, (completion) => completion > time);
    const begun = search(this.begun, (arrival) => arrival > time);
    return {
      answered: answered * each,
      underWay: (begun - answered) * each,
      hitRatio: hits[answered] / answered,
      failures: failures[answered] * each,
      mean: lasted[answered] / answered,
    };
  }

  sumUp() {
    const { r, said } = this;
    const order = Array.from({ length: this.rows }, (_, row) => row).sort((a, b) => r.completion[a] - r.completion[b]);
    const [hits, failures, lasted] = [0, 1, 2].map(() => new Float64Array(this.rows + 1));
    const isHit = said.words.outcome.map((word) => said.legend[word]?.counts_as_hit ?? false);
    const fail = said.words.outcome.indexOf(said.failure);
    order.forEach((row, place) => {
      hits[place + 1] = hits[place] + isHit[r.outcome[row]];
      failures[place + 1] = failures[place] + (r.outcome[row] === fail);
      lasted[place + 1] = lasted[place] + r.completion[row] - r.arrival[row];
    });
    this.begun = Float64Array.from(r.arrival).sort();
    return { done: Float64Array.from(order, (row) => r.completion[row]), hits, failures, lasted };
  }

  // --- the steps of a request -----------------------------------------------------------------------------

  steps(row) {
    const story = this.r.story[row];
    if (story < 0) return [];
    if (!this.firstStep) this.countSteps();
    const { nodes, said, h, r, missed } = this;
    return said.stories[story].map((kind, place) => {
      const [node, number, detail, exchange, moment, stage] = said.kinds[kind];
      const hop = r.hops[row] + exchange;
      const time = h[MOMENT_WORDS[moment]][hop] + missed[this.firstStep[row] + place];
      const text = stage ? said.stages[stage] ?? stage : said.step_texts[`${nodes[node].role} ${number}`];
      return { time, node, role: nodes[node].role, number, detail, hop, stage, text };
    });
  }

  countSteps() {
    this.firstStep = new Int32Array(this.rows + 1);
    for (let row = 0; row < this.rows; row += 1) {
      const story = this.r.story[row];
      this.firstStep[row + 1] = this.firstStep[row] + (story < 0 ? 0 : this.said.stories[story].length);
    }
  }

  // A time to open the page at: a few requests are under way.
  opening() {
    const row = Math.min(this.rows - 1, Math.max(3, Math.floor(this.rows / 400)));
    return this.r.arrival[row] + 0.35 * (this.r.completion[row] - this.r.arrival[row]);
  }

  medianLasting() {
    const step = Math.max(1, Math.floor(this.rows / 999)), some = [];
    for (let row = 0; row < this.rows; row += step) some.push(this.r.completion[row] - this.r.arrival[row]);
    return some.sort((one, other) => one - other)[Math.floor(some.length / 2)];
  }
}

// The first place of a sorted list at which something holds.
export function search(sorted, holds) {
  let low = 0, high = sorted.length;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (holds(sorted[middle])) high = middle; else low = middle + 1;
  }
  return low;
}
