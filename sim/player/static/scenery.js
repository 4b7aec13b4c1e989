// What stands still on the stage: sites, links, parties; drawn once, until the size, the colours or the observer change.

import { Lens } from "./seen.js";
import { clamp, counted, fitting, seconds, shorten } from "./words.js";

export const FONT = "system-ui, 'Segoe UI', Roboto, 'DejaVu Sans', sans-serif";
export const LANE = 7.5;
const CURVE = 48;

export class Scenery {
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
      const cardHeight = { full: 80, compact: 54, line: 30, mini: clamp(pitch - 4, 4, 24) }[kind];
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
    this.labels = [];
    this.board.edges.forEach((_, edge) => this.drawDelay(context, edge));
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
    if (this.board.sealedEdges().has(edge)) for (const lane of [-LANE - 7, LANE + 7]) this.drawPipe(context, edge, lane);
  }

  // The delay beside its link, where there is room: between parties, and clear of other links' delays.
  drawDelay(context, edge) {
    if (!this.lens.seesEdge(edge)) return;
    if (edge === this.lens.tapped) this.drawEye(context, ...this.on(edge, 0.5, 36));
    const { delay_s: delay, receiver } = this.board.edges[edge];
    if (!delay) return;
    context.font = `13px ${FONT}`;
    const ways = this.board.sealedEdges().has(edge) ? [`${seconds(delay)} · TLS`, seconds(delay)] : [seconds(delay)];
    const text = fitting(context, ways, this.curves[edge].room - 8), width = context.measureText(text).width;
    const fans = this.board.edges.filter((other) => other.receiver === receiver).length > 1;
    const [x, y] = this.on(edge, fans ? 0.3 : 0.5, 0), top = y - LANE - 9;
    if (this.labels.some((other) => Math.abs(other.x - x) < (other.width + width) / 2 + 4 && Math.abs(other.top - top) < 17)) return;
    this.labels.push({ x, top, width });
    context.textAlign = "center";
    context.fillStyle = this.theme.quiet;
    context.fillText(text, x, top);
  }

  // Walls of a pipe: from outside, what goes through cannot be read.
  drawPipe(context, edge, lane) {
    this.trace(context, edge, lane);
    context.lineWidth = 2;
    context.strokeStyle = this.theme.edge;
    context.stroke();
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
    const ways = hides ? (how === "told" ? ["named in a field", "named"] : count > 1 ? [`${list[0]}, …`] : ["seen as peer", "peer"]) : [roleWords, roleWords.split(" ").at(-1)];
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
    const baseline = isRow ? card.y + size * 0.36 : card.top + (card.kind === "full" ? 21 : 19), left = card.left + 9;
    const cut = card.kind === "full" && !fits() ? title.search(/[-_. ]/) + 1 : 0;
    context.fillText(shorten(context, cut ? title.slice(0, cut) : title, room), left, baseline);
    if (cut) context.fillText(shorten(context, title.slice(cut), room), left, baseline + 18);
    return cut > 0;
  }

  // Each client whose address it knows, as a dot: filled if seen on a connection, hollow if only named in a field.
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

  // What goes on in a node is visible only to that node itself.
  knowsInside(node) { return this.lens.isOpen || node === this.lens.self; }

  strip(card, node) {
    if (card.kind === "line" && card.width < 100) return { left: card.left + card.width - 7, width: 0, y: card.top + 4, height: 22 };
    if (card.kind !== "line") return { left: card.left + 9, width: card.width - 18, y: card.top + card.height - (card.kind === "full" ? 30 : 27), height: 22 };
    const workers = this.station(node)?.workers ?? 0, width = workers && workers <= 4 ? workers * 24 - 3 : workers ? 48 : 0;
    const eye = !this.lens.isOpen && node === this.lens.self ? 16 : 0; // there the eye is drawn
    return { left: card.left + card.width - 7 - width - eye, width, y: card.top + 4, height: 22 };
  }
}
