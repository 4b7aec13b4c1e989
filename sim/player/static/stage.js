// What moves on the stage, drawn every frame: marks on their way, queues, workers, and recent events.

import { FONT, LANE, Scenery } from "./scenery.js";
import { amount, clamp, fitting, niceCeil, percent, whole } from "./words.js";

const MOST_WAITING = 30;
const MOST_MARKS = 500;
const MOST_SLOTS = 12;
const GLOW_S = 0.45;
const REACH = 16;

export class Stage extends Scenery {
  draw(time, speed) {
    const context = this.context(this.moving);
    context.clearRect(0, 0, this.width, this.height);
    const glow = Math.min(GLOW_S * speed, 4 * this.board.index.width_s);
    const rows = this.board.between(time - glow, time);
    const scene = this.scene(rows, time, glow);
    this.drawGlow(context, scene);
    this.drawGauges(context, scene, time);
    this.drawMarks(context, scene, time);
    this.scenery = scene;
    return scene;
  }

  // Where everything is: marks on links, queues and workers by node, what has just happened by link and by cache.
  scene(rows, time, glow) {
    const nodes = this.board.nodes.map(() => ({ waiting: [], busy: [], inside: [] }));
    const scene = { moves: [], nodes, glows: new Map(), lookups: new Map(), underWay: 0 };
    for (const row of rows) {
      if (time <= this.board.r.end[row]) scene.underWay += 1;
      for (let hop = this.board.r.hops[row]; hop < this.board.r.hops[row + 1]; hop += 1) {
        if (this.lens.seesEdge(this.board.h.edge[hop])) this.put(scene, row, hop, time, glow);
      }
    }
    return scene;
  }

  put(scene, row, hop, time, glow) {
    const { h } = this.board, edge = h.edge[hop];
    const leaves = this.board.leaves(hop);
    if (time < h.sent[hop]) return;
    if (glow > 0) this.putGlow(scene, row, hop, time, glow);
    if (time >= h.returned[hop]) return;
    if (time < leaves) scene.moves.push({ row, hop, edge, share: 0, isResponse: false, isConnecting: true });
    else if (!(time >= h.received[hop])) scene.moves.push({ row, hop, edge, share: this.outward(hop, leaves, time), isResponse: false });
    else if (time >= h.answered[hop]) {
      scene.moves.push({ row, hop, edge, share: 1 - (time - h.answered[hop]) / (h.returned[hop] - h.answered[hop]), isResponse: true });
    } else this.putInside(scene, row, hop, time);
  }

  outward(hop, leaves, time) {
    const { h, edges } = this.board;
    if (!Number.isNaN(h.received[hop])) return (time - leaves) / (h.received[hop] - leaves);
    return Math.min(0.5, (time - leaves) / (2 * (edges[h.edge[hop]].delay_s || 0.001))); // lost on the way
  }

  putInside(scene, row, hop, time) {
    const { h, edges } = this.board;
    const here = scene.nodes[edges[h.edge[hop]].receiver];
    const begins = h.received[hop] + h.waiting[hop];
    if (time < begins) here.waiting.push({ row, hop, since: h.received[hop] });
    else if (time < begins + h.service[hop]) here.busy.push({ row, hop, since: begins });
    else if (!this.isElsewhere(row, hop, time)) here.inside.push({ row, hop, since: begins });
  }

  isElsewhere(row, hop, time) {
    const { h, r } = this.board, place = hop - r.hops[row];
    for (let other = hop + 1; other < r.hops[row + 1]; other += 1) {
      if (h.parent[other] === place && h.sent[other] <= time && !(time >= h.returned[other])) return true;
    }
    return false;
  }

  putGlow(scene, row, hop, time, glow) {
    const { h } = this.board, edge = h.edge[hop];
    const fresh = (moment) => (moment <= time ? 1 - (time - moment) / glow : 0);
    const brighten = (lane, strength, outcome) => {
      const known = scene.glows.get(lane);
      if (strength > 0 && (!known || known.strength < strength)) scene.glows.set(lane, { edge, strength, outcome });
    };
    brighten(2 * edge, fresh(h.received[hop]), "");
    brighten(2 * edge + 1, fresh(h.returned[hop]), this.board.outcomeAt(row, time));
    const said = this.board.word("cache_status", h.cache_status[hop]), strength = fresh(h.received[hop]);
    if (said && strength > 0) {
      const node = this.board.edges[edge].receiver, known = scene.lookups.get(node);
      if (!known || known.strength < strength) scene.lookups.set(node, { said, strength });
    }
  }

  drawGlow(context, scene) {
    context.lineCap = "round";
    for (const [lane, { edge, strength, outcome }] of scene.glows) {
      const isResponse = lane % 2 === 1;
      this.trace(context, edge, isResponse ? LANE : -LANE);
      context.globalAlpha = 0.55 * strength;
      context.lineWidth = 4;
      context.strokeStyle = this.board.said.legend[outcome]?.colour ?? this.board.said.undecided.colour;
      context.stroke();
    }
    context.globalAlpha = 1;
  }

  // --- gauges ---------------------------------------------------------------------------------------------

  drawGauges(context, scene, time) {
    this.cards.forEach((card, node) => {
      if (card.kind === "mini" || !this.knowsInside(node)) return;
      const station = this.station(node), cache = this.cache(node);
      if (station) this.drawStation(context, node, card, station, scene.nodes[node], time);
      if (cache?.time_s.length) this.drawCache(context, card, cache, time);
      if (this.board.nodes[node].role === "client") this.drawCrowd(context, card, scene);
    });
    for (const [node, { said, strength }] of scene.lookups) if (this.knowsInside(node)) this.drawLookup(context, node, said, strength);
  }

  drawCrowd(context, card, scene) {
    if (card.kind !== "full") return;
    const { left, width, y } = this.strip(card);
    context.font = `13px ${FONT}`;
    context.textAlign = "left";
    context.fillStyle = this.theme.ink;
    const under = whole(scene.underWay * this.board.said.each);
    context.fillText(fitting(context, [`${under} requests under way`, `${under} under way`, under], width), left, y + 19);
  }

  drawStation(context, node, card, station, here, time) {
    const { left, width, y, height } = this.strip(card, node), { workers } = station;
    const busy = this.level(here.busy, station.busy, time), waiting = this.level(here.waiting, station.waiting, time);
    const fits = workers <= Math.min(MOST_SLOTS, (width + 3) / 16), slots = fits ? workers : 1;
    const slotWidth = Math.min(24, (width + 3) / slots - 3);
    here.slotAt = (slot) => [left + Math.min(slot, slots - 1) * (slotWidth + 3) + slotWidth / 2, y + height / 2];
    this.drawQueue(context, card, station, waiting);
    context.lineWidth = 1.2;
    context.strokeStyle = this.theme.edge;
    for (let slot = 0; width > 0 && fits && slot < slots; slot += 1) {
      context.fillStyle = slot < busy ? this.theme.busy : this.theme.stage;
      context.beginPath();
      context.roundRect(left + slot * (slotWidth + 3), y, slotWidth, height, 4);
      context.fill();
      context.stroke();
    }
    if (width > 0 && !fits) this.drawBar(context, left, y + 13, width, busy / workers, this.theme.busy);
    const from = fits ? left + slots * (slotWidth + 3) + 5 : left, said = Math.min(Math.round(busy), workers);
    context.font = `12.5px ${FONT}`;
    context.textAlign = "left";
    context.fillStyle = this.theme.quiet;
    const ways = [`${said} of ${workers} busy`, `${said} of ${workers}`];
    if (card.kind !== "line") context.fillText(fitting(context, ways, card.left + card.width - 6 - from), from, fits ? y + 15 : y + 8);
  }

  // A sampled trace has too few marks to count: its gauges show means over all requests.
  level(marks, means, time) {
    if (this.board.said.each === 1) return marks.length;
    return means[clamp(Math.floor((time / this.board.end) * means.length), 0, means.length - 1)];
  }

  drawQueue(context, card, station, waiting) {
    if (!station.most_waiting) return;
    const end = niceCeil(station.most_waiting), y = card.top + card.height + { full: 27, compact: 19, line: 8 }[card.kind];
    const ways = [`${whole(waiting)} waiting (bar: up to ${whole(end)})`, `${whole(waiting)} waiting of ${whole(end)}`, `${whole(waiting)} waiting`];
    this.drawBar(context, card.left, y - 4, card.width, waiting / end, this.theme.queue, 5);
    if (card.kind !== "full") return;
    context.font = `12.5px ${FONT}`;
    context.textAlign = "left";
    context.fillStyle = this.theme.quiet;
    context.fillText(fitting(context, ways, card.width + 14), card.left, y + 15);
  }

  drawBar(context, left, y, width, share, colour, height = 9) {
    context.fillStyle = this.theme.stage;
    context.beginPath();
    context.roundRect(left, y, width, height, height / 2);
    context.fill();
    context.strokeStyle = this.theme.edge;
    context.lineWidth = 1;
    context.stroke();
    if (share <= 0) return;
    context.fillStyle = colour;
    context.beginPath();
    context.roundRect(left, y, Math.max(height, width * clamp(share, 0, 1)), height, height / 2);
    context.fill();
  }

  drawCache(context, card, cache, time) {
    const { left, width, y } = this.strip(card, 0);
    if (card.kind === "line") return;
    let place = cache.time_s.length;
    while (place > 0 && cache.time_s[place - 1] > time) place -= 1;
    const filled = place ? cache.filled[place - 1] : 0;
    this.drawBar(context, left, y + 14, width, filled / cache.capacity, this.theme.stored);
    if (card.kind !== "full") return;
    context.font = `12.5px ${FONT}`;
    context.textAlign = "left";
    context.fillStyle = this.theme.quiet;
    const full = amount(cache.capacity, cache.unit), now = amount(filled, cache.unit);
    const bare = now.split(" ")[1] === full.split(" ")[1] ? now.split(" ")[0] : now;
    context.fillText(fitting(context, [`cache ${bare} of ${full}`, `${bare} of ${full}`, `${percent(filled / cache.capacity)} full`], width), left, y + 9);
  }

  drawLookup(context, node, said, strength) {
    const card = this.cards[node], { label, outcome } = this.board.said.cache_words[said] ?? { label: said, outcome: "" };
    context.globalAlpha = clamp(strength * 1.6, 0, 1);
    context.font = `650 13px ${FONT}`;
    context.textAlign = "center";
    const width = context.measureText(label).width + 16;
    const x = card.x, y = card.top - 7;
    context.fillStyle = (this.board.said.legend[outcome] ?? this.board.said.undecided).colour;
    context.beginPath();
    context.roundRect(x - width / 2, y - 14, width, 20, 10);
    context.fill();
    context.fillStyle = "#ffffff";
    context.fillText(label, x, y + 1);
    context.globalAlpha = 1;
  }

  // --- marks ----------------------------------------------------------------------------------------------

  drawMarks(context, scene, time) {
    this.drawn = [];
    this.each = Math.max(1, Math.ceil(scene.moves.length / MOST_MARKS));
    for (const move of scene.moves) {
      if (move.row % this.each && move.row !== this.picked) continue;
      const [x, y] = this.on(move.edge, this.curves[move.edge].inset + (1 - 2 * this.curves[move.edge].inset) * move.share, move.isResponse ? LANE : -LANE);
      this.drawMark(context, move.row, move.hop, move.isResponse, x, y, time, move.isConnecting);
    }
    scene.nodes.forEach((here, node) => this.drawInside(context, node, here, time));
  }

  drawMark(context, row, hop, isResponse, x, y, time, isConnecting = false, isInside = false) {
    const outcome = isResponse ? this.board.outcomeOfHop(row, hop, time) : "";
    const sprite = this.marks.sprite(outcome, isResponse, !this.lens.reads(hop));
    const isFaint = this.picked >= 0 && row !== this.picked;
    if (isFaint) context.globalAlpha = 0.4;
    if (isConnecting) this.drawConnecting(context, x, y);
    this.marks.put(context, sprite, x, y);
    if (isFaint) context.globalAlpha = 1;
    if (row === this.picked) this.drawPicked(context, row, x, y, isInside);
    this.drawn.push({ x, y, row, hop });
  }

  drawConnecting(context, x, y) {
    context.strokeStyle = this.theme.quiet;
    context.lineWidth = 1.4;
    context.setLineDash([2, 3]);
    context.beginPath();
    context.arc(x, y, 11, 0, 2 * Math.PI);
    context.stroke();
    context.setLineDash([]);
  }

  drawPicked(context, row, x, y, isInside) {
    context.strokeStyle = this.theme.accent;
    context.lineWidth = 3;
    context.beginPath();
    context.arc(x, y, 13, 0, 2 * Math.PI);
    context.stroke();
    const text = `#${this.board.r.id[row]}`;
    context.font = `700 13px ${FONT}`;
    const width = context.measureText(text).width + 10;
    const left = clamp(x - width / 2, 2, this.width - width - 2), top = y > 44 && !isInside ? y - 36 : y + 16;
    context.fillStyle = this.theme.accent;
    context.beginPath();
    context.roundRect(left, top, width, 19, 5);
    context.fill();
    context.fillStyle = this.theme.onAccent;
    context.textAlign = "center";
    context.fillText(text, left + width / 2, top + 14);
  }

  drawInside(context, node, here, time) {
    const card = this.cards[node];
    const shown = (entry, x, y) => this.drawMark(context, entry.row, entry.hop, false, x, y, time, false, true);
    if (card.kind === "mini" || !this.knowsInside(node)) {
      const all = [...here.waiting, ...here.busy, ...here.inside];
      all.slice(0, 3).forEach((entry, i) => shown(entry, card.left - 12, card.y + (i - 1) * 7));
      if (all.length > 3 && card.height > 14) this.drawCount(context, card, all.length * this.board.said.each);
      return;
    }
    here.busy.sort((one, other) => one.since - other.since);
    if (here.slotAt) here.busy.slice(0, card.kind === "line" && card.width < 100 ? 1 : MOST_SLOTS).forEach((entry, slot) => shown(entry, ...here.slotAt(slot)));
    here.waiting.sort((one, other) => one.since - other.since);
    this.drawWaiting(context, card, here.waiting, shown);
    here.inside.slice(0, 8).forEach((entry, i) => shown(entry, card.left + card.width - 12 - 13 * i, card.top - 4));
  }

  drawCount(context, card, number) {
    context.font = `12.5px ${FONT}`;
    context.textAlign = "right";
    context.fillStyle = this.theme.quiet;
    context.fillText(whole(number), card.left + card.width - 8, card.y + 4.5);
  }

  drawWaiting(context, card, waiting, shown) {
    const y = card.top + card.height + { full: 12, compact: 8, line: 4 }[card.kind], pitch = 14;
    const fits = Math.max(1, Math.floor(card.width / pitch));
    if (waiting.length * this.board.said.each <= MOST_WAITING && waiting.length <= fits) {
      waiting.forEach((entry, i) => shown(entry, card.left + 7 + i * pitch, y));
      return;
    }
    [2, 1, 0].forEach((i) => waiting[i] && shown(waiting[i], card.left + 8 + i * 5, y));
    context.font = `700 14px ${FONT}`;
    context.textAlign = "left";
    context.fillStyle = this.theme.ink;
    context.fillText(`× ${whole(waiting.length * this.board.said.each)}`, card.left + 29, y + 5);
  }

  // --- finding --------------------------------------------------------------------------------------------

  markAt(x, y) {
    let best = null, nearest = REACH;
    for (const mark of this.drawn) {
      const distance = Math.hypot(mark.x - x, mark.y - y);
      if (distance <= nearest) { nearest = distance; best = mark; }
    }
    return best;
  }

  nodeAt(x, y) {
    return this.cards.findIndex((card) => Math.abs(x - card.x) <= card.width / 2 && Math.abs(y - card.y) <= card.height / 2);
  }
}
