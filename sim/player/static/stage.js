// The stage: what stands still is drawn once, what moves is drawn every frame.

import { Lens } from "./seen.js";
import { amount, clamp, counted, fitting, niceCeil, percent, seconds, shorten, whole } from "./words.js";

const FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
const CURVE = 48;
const LANE = 7.5;
const MOST_WAITING = 30;
const MOST_MARKS = 500;
const MOST_SLOTS = 12;
const GLOW_S = 0.45;
const REACH = 16;

export class Stage {
  constructor(board, still, moving) {
    Object.assign(this, { board, still, moving });
    this.lens = new Lens(board, "");
    this.each = 1;
    this.drawn = [];
    this.picked = -1;
  }

  // --- what stands still ----------------------------------------------------------------------------------

  resize(width, height, density, theme, marks) {
    Object.assign(this, { width, height, density, theme, marks });
    for (const canvas of [this.still, this.moving]) {
      canvas.width = Math.round(width * density);
      canvas.height = Math.round(height * density);
    }
    this.place();
    this.drawStill();
  }

  look(lens) {
    this.lens = lens;
    if (this.width) this.drawStill();
  }

  place() {
    const { board, width, height } = this;
    const tiers = new Map();
    board.nodes.forEach((node, i) => tiers.set(node.x, [...(tiers.get(node.x) ?? []), i]));
    const top = height > 330 ? 46 : 30, foot = height > 330 ? 16 : 6;
    const keys = [...tiers.keys()].sort((a, b) => a - b), isNarrow = width < 560;
    const columns = isNarrow ? keys.map((_, i) => i) : keys; // long ways are drawn long only where there is room
    const side = isNarrow ? 10 : 26, cardWidth = this.cardWidth(columns, width - 2 * side), margin = cardWidth / 2 + side;
    this.cards = [];
    columns.forEach((key, column) => {
      const members = tiers.get(keys[column]);
      const pitch = (height - top - foot) / members.length;
      const kind = pitch >= 122 ? "full" : pitch >= 74 ? "compact" : pitch >= 42 ? "line" : "mini";
      const cardHeight = { full: 80, compact: 50, line: 30, mini: clamp(pitch - 4, 4, 24) }[kind];
      const x = columns.length > 1 ? margin + ((key - columns[0]) * (width - 2 * margin)) / (columns.at(-1) - columns[0]) : width / 2;
      const below = { full: 24, compact: 15, line: 8, mini: 0 }[kind];
      for (const i of members) {
        const y = top + board.nodes[i].y * (height - top - foot) - below / 2;
        this.cards[i] = { x, y, width: cardWidth, height: cardHeight, kind, left: x - cardWidth / 2, top: y - cardHeight / 2, pitch };
      }
    });
    this.curves = board.edges.map((edge) => this.curve(edge));
  }

  // As wide as leaves room for links between the tiers that stand closest together.
  cardWidth(columns, room) {
    if (columns.length < 2) return Math.min(196, room);
    const closest = Math.min(...columns.slice(1).map((x, i) => x - columns[i])) / (columns.at(-1) - columns[0]);
    const gap = clamp(room * 0.08, 28, 84);
    return clamp((closest * room - gap) / (1 + closest), 66, 196);
  }

  curve({ sender, receiver }) {
    const from = this.cards[sender], to = this.cards[receiver];
    const ahead = to.x >= from.x ? 1 : -1;
    const x0 = from.x + (ahead * from.width) / 2, x1 = to.x - (ahead * to.width) / 2;
    const bend = (x1 - x0) * 0.45;
    const at = (s) => {
      const u = 1 - s, b0 = u * u * u, b1 = 3 * u * u * s, b2 = 3 * u * s * s, b3 = s * s * s;
      return [b0 * x0 + b1 * (x0 + bend) + b2 * (x1 - bend) + b3 * x1, (b0 + b1) * from.y + (b2 + b3) * to.y];
    };
    const points = new Float64Array(2 * (CURVE + 1)), normals = new Float64Array(2 * (CURVE + 1));
    for (let i = 0; i <= CURVE; i += 1) {
      const [x, y] = at(i / CURVE);
      const [ax, ay] = at(Math.max(0, i - 0.5) / CURVE), [bx, by] = at(Math.min(CURVE, i + 0.5) / CURVE);
      const length = Math.hypot(bx - ax, by - ay) || 1;
      points.set([x, y], 2 * i);
      normals.set([-(by - ay) / length, (bx - ax) / length], 2 * i);
    }
    const length = Math.hypot(x1 - x0, to.y - from.y);
    return { points, normals, inset: Math.min(0.3, 11 / length), room: Math.abs(x1 - x0) };
  }

  // The place on a link, as a share of the way from the sender's edge; requests keep to one lane, responses to the other.
  on(edge, share, lane) {
    const { points, normals } = this.curves[edge];
    const place = clamp(share, 0, 1) * CURVE, i = Math.min(CURVE - 1, place | 0), rest = place - i;
    const mix = (list, axis) => list[2 * i + axis] * (1 - rest) + list[2 * i + 2 + axis] * rest;
    return [mix(points, 0) + lane * mix(normals, 0), mix(points, 1) + lane * mix(normals, 1)];
  }

  drawStill() {
    const context = this.context(this.still);
    context.fillStyle = this.lens.isOpen ? this.theme.stage : this.theme.night;
    context.fillRect(0, 0, this.width, this.height);
    if (!this.lens.isOpen) this.drawSpotlight(context);
    for (const area of this.board.said.areas) this.drawArea(context, area);
    this.board.edges.forEach((_, edge) => this.drawLink(context, edge));
    this.cards.forEach((_, node) => this.drawCard(context, node));
  }

  context(canvas) {
    const context = canvas.getContext("2d");
    context.setTransform(this.density, 0, 0, this.density, 0, 0);
    context.textBaseline = "alphabetic";
    return context;
  }

  drawSpotlight(context) {
    const places = this.lens.tapped >= 0 ? [this.on(this.lens.tapped, 0.5, 0)] : this.lens.self >= 0 ? [[this.cards[this.lens.self].x, this.cards[this.lens.self].y]] : [];
    for (const [x, y] of places) {
      const light = context.createRadialGradient(x, y, 20, x, y, Math.max(this.width * 0.34, 160));
      light.addColorStop(0, this.theme.light);
      light.addColorStop(1, this.theme.night);
      context.fillStyle = light;
      context.fillRect(0, 0, this.width, this.height);
    }
  }

  drawArea(context, area) {
    const knows = area.nodes.some((node) => this.lens.how(node) === "self");
    if (!knows) return;
    const boxes = area.nodes.map((node) => this.cards[node]);
    const pad = this.width > 560 ? 14 : 7;
    const left = Math.min(...boxes.map((box) => box.left)) - pad, right = Math.max(...boxes.map((box) => box.left + box.width)) + pad;
    const top = 6, bottom = this.height - 6;
    if (this.lens.isOpen) {
      context.beginPath();
      context.roundRect(left, top, right - left, bottom - top, 12);
      context.fillStyle = this.theme.area;
      context.fill();
      context.strokeStyle = this.theme.faint;
      context.lineWidth = 1;
      context.stroke();
    }
    context.font = `600 ${this.height > 330 ? 14 : 12}px ${FONT}`;
    context.textAlign = "left";
    context.fillStyle = this.theme.quiet;
    context.fillText(shorten(context, area.site, right - left - 20), left + 12, top + (this.height > 330 ? 22 : 17));
  }

  drawLink(context, edge) {
    if (!this.lens.seesEdge(edge)) return;
    this.trace(context, edge, 0);
    context.lineWidth = 2 * LANE + 11;
    context.lineCap = "butt";
    context.strokeStyle = edge === this.lens.tapped ? this.theme.accentFaint : this.theme.link;
    context.stroke();
    const { delay_s: delay } = this.board.edges[edge];
    if (edge === this.lens.tapped) this.drawEye(context, ...this.on(edge, 0.5, 36));
    if (delay === null) return;
    const fans = this.board.edges.filter((other) => other.receiver === this.board.edges[edge].receiver).length > 1;
    const [x, y] = this.on(edge, fans ? 0.3 : 0.5, 0);
    const text = seconds(delay);
    context.font = `13px ${FONT}`;
    if (context.measureText(text).width > this.curves[edge].room - 8) return;
    context.textAlign = "center";
    context.fillStyle = this.theme.quiet;
    context.fillText(text, x, y - LANE - 9);
  }

  trace(context, edge, lane) {
    context.beginPath();
    for (let i = 0; i <= CURVE; i += 2) {
      const [x, y] = this.on(edge, i / CURVE, lane);
      if (i) context.lineTo(x, y); else context.moveTo(x, y);
    }
  }

  drawCard(context, node) {
    const card = this.cards[node], how = this.lens.how(node);
    context.beginPath();
    context.roundRect(card.left, card.top, card.width, card.height, Math.min(10, card.height / 3));
    if (how === "") { this.drawUnknown(context, card); return; }
    const isSelf = !this.lens.isOpen && node === this.lens.self;
    context.fillStyle = this.theme.card;
    context.fill();
    context.lineWidth = isSelf ? 3.5 : 1.6;
    context.strokeStyle = isSelf ? this.theme.accent : how === "told" ? this.theme.warn : this.theme.edge;
    context.setLineDash(how === "told" ? [6, 4] : []);
    context.stroke();
    context.setLineDash([]);
    this.drawNames(context, node, card, how);
    if (isSelf) this.drawEye(context, card.left + card.width - 4, card.top + 3);
  }

  drawUnknown(context, card) {
    context.fillStyle = this.theme.fog;
    context.fill();
    context.strokeStyle = this.theme.fogEdge;
    context.lineWidth = 1.6;
    context.setLineDash([3, 5]);
    context.stroke();
    context.setLineDash([]);
    context.fillStyle = this.theme.fogInk;
    context.textAlign = "center";
    const size = clamp(card.height * 0.6, 12, 38);
    context.font = `700 ${size}px ${FONT}`;
    context.fillText("?", card.x, card.y + size * 0.36);
  }

  drawNames(context, node, card, how) {
    const { name, role } = this.board.nodes[node];
    const { list, count } = this.lens.addresses(node);
    const hides = !this.lens.isOpen && node !== this.lens.self;
    const slots = card.kind === "line" && this.knowsInside(node) ? this.strip(card, node).width + 6 : 0;
    const room = card.width - 14 - slots;
    const title = hides ? (count > 1 ? counted(count, "address") .replace("addresss", "addresses") : list[0] ?? "?") : name;
    const roleWords = this.board.nodes[node].count ? counted(this.board.nodes[node].count, "client") : this.board.said.role_words[role];
    const ways = hides ? (how === "told" ? ["told of in a field", "told of"] : count > 1 ? [`${list[0]}, …`] : ["seen as peer", "peer"]) : [roleWords, roleWords.split(" ").at(-1)];
    context.textAlign = "left";
    context.fillStyle = this.theme.ink;
    const isRow = card.kind === "mini" || card.kind === "line";
    const isBroken = this.drawTitle(context, card, title, !this.lens.isOpen && node === this.lens.self ? room - 12 : room, isRow);
    if (isRow) return;
    context.fillStyle = how === "told" ? this.theme.warnInk : this.theme.quiet;
    context.font = `13px ${FONT}`;
    if (isBroken) return;
    if (card.kind === "full") {
      context.fillText(fitting(context, ways, room), card.left + 9, card.top + 40);
    } else if (hides || (!this.station(node) && !this.cache(node))) {
      context.fillText(fitting(context, ways, room), card.left + 9, card.top + 39);
    }
    if (card.kind === "full" && role === "client" && hides) this.drawPeople(context, card, count, how);
  }

  // A name in one line, a little smaller if need be, else broken in two where the card has the height.
  drawTitle(context, card, title, room, isRow) {
    let size = { full: 16, compact: 15, line: 14, mini: clamp(card.height - 8, 8, 13) }[card.kind];
    const fits = () => { context.font = `650 ${size}px ${FONT}`; return context.measureText(title).width <= room; };
    while (!fits() && size > 13) size -= 0.5;
    const baseline = isRow ? card.y + size * 0.36 : card.top + 21, left = card.left + 9;
    const cut = card.kind === "full" && !fits() ? title.search(/[-_. ]/) + 1 : 0;
    context.fillText(shorten(context, cut ? title.slice(0, cut) : title, room), left, baseline);
    if (cut) context.fillText(shorten(context, title.slice(cut), room), left, baseline + 18);
    return cut > 0;
  }

  // Each client whose address it knows as a dot: full where it met them, hollow where it was told.
  drawPeople(context, card, count, how) {
    const fits = Math.floor((card.width - 18) / 9), shown = Math.min(count, fits * 2);
    context.fillStyle = context.strokeStyle = how === "peer" ? "#d55e00" : "#e69f00";
    context.lineWidth = 1.6;
    for (let i = 0; i < shown; i += 1) {
      context.beginPath();
      context.arc(card.left + 12 + (i % fits) * 9, card.top + 55 + Math.floor(i / fits) * 11, 3.2, 0, 2 * Math.PI);
      if (how === "peer") context.fill(); else context.stroke();
    }
  }

  drawEye(context, x, y) {
    context.save();
    context.translate(x, y);
    context.beginPath();
    context.arc(0, 0, 14, 0, 2 * Math.PI);
    context.fillStyle = this.theme.accent;
    context.fill();
    context.strokeStyle = context.fillStyle = this.theme.onAccent;
    context.lineWidth = 1.8;
    context.beginPath();
    context.moveTo(-9, 0);
    context.quadraticCurveTo(0, -9, 9, 0);
    context.quadraticCurveTo(0, 9, -9, 0);
    context.stroke();
    context.beginPath();
    context.arc(0, 0, 2.8, 0, 2 * Math.PI);
    context.fill();
    context.restore();
  }

  station(node) { return this.board.said.stations[this.board.nodes[node].name]; }

  cache(node) { return this.board.said.caches[this.board.nodes[node].name]; }

  // --- what moves -----------------------------------------------------------------------------------------

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

  // Only who runs a node can see what goes on in it.
  knowsInside(node) { return this.lens.isOpen || node === this.lens.self; }

  strip(card, node) {
    if (card.kind === "line" && card.width < 100) return { left: card.left + card.width - 7, width: 0, y: card.top + 4, height: 22 };
    if (card.kind !== "line") return { left: card.left + 9, width: card.width - 18, y: card.top + card.height - (card.kind === "full" ? 30 : 26), height: 22 };
    const workers = this.station(node)?.workers ?? 0, width = workers && workers <= 4 ? workers * 24 - 3 : workers ? 48 : 0;
    return { left: card.left + card.width - 7 - width, width, y: card.top + 4, height: 22 };
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

  // Of a sampled trace the marks are too few to count: then the gauge shows the mean, kept for all requests.
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
    const card = this.cards[node], isHit = said === "hit" || said === "stale-hit" || said === "revalidated";
    const mark = this.board.said.legend[isHit ? "hit" : "miss"];
    context.globalAlpha = clamp(strength * 1.6, 0, 1);
    context.font = `650 13px ${FONT}`;
    context.textAlign = "center";
    const text = said === "uri-miss" ? "miss" : said, width = context.measureText(text).width + 16;
    const x = card.x, y = card.top - 7;
    context.fillStyle = mark.colour;
    context.beginPath();
    context.roundRect(x - width / 2, y - 14, width, 20, 10);
    context.fill();
    context.fillStyle = "#ffffff";
    context.fillText(text, x, y + 1);
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
    const outcome = isResponse ? this.spoken(row, hop, time) : "";
    const sprite = this.marks.sprite(outcome, isResponse, !this.lens.reads(hop));
    const isFaint = this.picked >= 0 && row !== this.picked;
    if (isFaint) context.globalAlpha = 0.4;
    if (isConnecting) this.drawConnecting(context, x, y);
    this.marks.put(context, sprite, x, y);
    if (isFaint) context.globalAlpha = 1;
    if (row === this.picked) this.drawPicked(context, row, x, y, isInside);
    this.drawn.push({ x, y, row, hop });
  }

  // What a response says: a failed try is a failure, whatever became of the request later.
  spoken(row, hop, time) {
    const { h } = this.board;
    if (h.status[hop] >= 500 || this.board.word("error", h.error[hop])) return "failed";
    return this.board.outcomeAt(row, time);
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
      return;
    }
    here.busy.sort((one, other) => one.since - other.since);
    if (here.slotAt) here.busy.slice(0, card.kind === "line" && card.width < 100 ? 1 : MOST_SLOTS).forEach((entry, slot) => shown(entry, ...here.slotAt(slot)));
    here.waiting.sort((one, other) => one.since - other.since);
    this.drawWaiting(context, card, here.waiting, shown);
    here.inside.slice(0, 8).forEach((entry, i) => shown(entry, card.left + card.width - 12 - 13 * i, card.top - 4));
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
