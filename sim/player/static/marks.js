// Marks, drawn once and then copied: a shape and a colour for each outcome, hollow for requests, full for
// responses, an envelope where the observer could not read.

const SIZE = 34;
const SHAPES = {
  circle: (c, r) => c.arc(0, 0, r, 0, 2 * Math.PI),
  square: (c, r) => c.rect(-r * 0.88, -r * 0.88, r * 1.76, r * 1.76),
  diamond: (c, r) => corners(c, [[0, -r * 1.2], [r * 1.2, 0], [0, r * 1.2], [-r * 1.2, 0]]),
  triangle: (c, r) => corners(c, [[r * 1.15, 0], [-r * 0.8, -r], [-r * 0.8, r]]),
  cross: (c, r) => corners(c, crossed(r * 1.1, r * 0.42)),
  plus: (c, r) => corners(c, upright(r * 1.1, r * 0.42)),
  down: (c, r) => corners(c, [[0, r * 1.15], [-r, -r * 0.8], [r, -r * 0.8]]),
  star: (c, r) => corners(c, regular(10, r * 1.3).map(([x, y], i) => (i % 2 ? [x * 0.5, y * 0.5] : [x, y]))),
  bar: (c, r) => c.rect(-r * 1.1, -r * 0.5, r * 2.2, r),
};

function corners(context, points) {
  points.forEach(([x, y], place) => (place ? context.lineTo(x, y) : context.moveTo(x, y)));
  context.closePath();
}

function regular(number, radius) {
  return Array.from({ length: number }, (_, i) => {
    const angle = (2 * Math.PI * i) / number - Math.PI / 2;
    return [radius * Math.cos(angle), radius * Math.sin(angle)];
  });
}

function crossed(r, w) {
  const turn = ([x, y]) => [(x - y) * Math.SQRT1_2, (x + y) * Math.SQRT1_2];
  return upright(r, w).map(turn);
}

function upright(r, w) {
  return [[-w, -r], [w, -r], [w, -w], [r, -w], [r, w], [w, w], [w, r], [-w, r], [-w, w], [-r, w], [-r, -w], [-w, -w]];
}

export class Marks {
  constructor(said, theme, density) {
    Object.assign(this, { said, theme, density });
    this.made = new Map();
  }

  // The sprite of a mark: outcome ("" while undecided), whether it is a response, whether it is sealed.
  sprite(outcome, isResponse, isSealed) {
    const key = `${outcome}|${isResponse}|${isSealed}`;
    let sprite = this.made.get(key);
    if (!sprite) this.made.set(key, sprite = this.draw(outcome, isResponse, isSealed));
    return sprite;
  }

  // Copies a mark to a place, by its middle.
  put(context, sprite, x, y) {
    context.drawImage(sprite, x - SIZE / 2, y - SIZE / 2, SIZE, SIZE);
  }

  draw(outcome, isResponse, isSealed) {
    const canvas = document.createElement("canvas");
    canvas.width = canvas.height = SIZE * this.density;
    const context = canvas.getContext("2d");
    context.scale(this.density, this.density);
    context.translate(SIZE / 2, SIZE / 2);
    const mark = this.said.legend[outcome] ?? this.said.undecided;
    if (isSealed) this.envelope(context, isResponse);
    else this.shape(context, mark, isResponse, outcome === "");
    return canvas;
  }

  shape(context, mark, isResponse, isUndecided) {
    if (mark.shape === "triangle" && isResponse) context.scale(-1, 1); // points to where it goes
    const colour = mark.colour === "#000000" ? this.theme.ink : mark.colour;
    context.beginPath();
    SHAPES[mark.shape](context, isResponse ? 7.8 : 7);
    context.lineJoin = "round";
    context.lineWidth = isResponse ? 1.2 : 2.2;
    context.fillStyle = isResponse ? colour : this.theme.card;
    context.strokeStyle = isResponse ? this.theme.card : isUndecided ? this.theme.quiet : colour;
    context.fill();
    context.stroke();
  }

  envelope(context, isResponse) {
    const { ink, card } = this.theme;
    context.fillStyle = isResponse ? ink : card;
    context.strokeStyle = ink;
    context.lineWidth = 1.4;
    context.beginPath();
    context.roundRect(-9, -6.5, 18, 13, 2);
    context.fill();
    context.stroke();
    context.strokeStyle = isResponse ? card : ink;
    context.beginPath();
    context.moveTo(-8, -5.4);
    context.lineTo(0, 1.2);
    context.lineTo(8, -5.4);
    context.stroke();
  }
}

// The glyph of an outcome in a legend or a table, as a small picture that is hidden from screen readers.
export function markImage(marks, outcome, isResponse = true, isSealed = false) {
  const image = document.createElement("canvas");
  image.width = image.height = SIZE * marks.density;
  image.className = "pxp-mark";
  image.setAttribute("aria-hidden", "true");
  image.getContext("2d").drawImage(marks.sprite(outcome, isResponse, isSealed), 0, 0);
  return image;
}
