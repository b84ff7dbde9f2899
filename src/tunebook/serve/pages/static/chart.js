// The two charts of the pages, drawn as the report draws its own: widths in percent, heights in pixels.

import { colour, s } from "./dom.js";

const HEIGHT = 240;
const TOP = 18;

/** Loss over steps: `curves` is {train: [[step, nats]], validation: […]}; `approach` gives the colour. */
export function lossChart(curves, approach, steps) {
  const points = [...curves.train, ...curves.validation];
  if (points.length < 2) return null;
  const last = Math.max(steps || 0, ...points.map(([step]) => step));
  const top = Math.max(...points.map(([, loss]) => loss)) * 1.05;
  const across = (step) => 4 + (84 * step) / last;
  const down = (loss) => TOP + HEIGHT * (1 - loss / top);
  const parts = ticks(top).map((loss) => [
    s("line", { class: "grid", x1: "4%", x2: "88%", y1: down(loss), y2: down(loss) }),
    s("text", { x: "0", y: down(loss) + 4 }, String(+loss.toPrecision(2)))]);
  for (const [name, curve] of Object.entries(curves)) {
    if (!curve.length) continue;
    const drawn = curve.map(([step, loss]) => `${across(step)},${down(loss)}`).join(" ");
    parts.push(s("svg", { x: "0", y: "0", width: "100%", height: HEIGHT + TOP, viewBox: `0 0 100 ${HEIGHT + TOP}`, preserveAspectRatio: "none", overflow: "visible" },
      s("polyline", { class: name === "train" ? "line faint" : "line", points: drawn })));
    const [step, loss] = curve.at(-1);
    const lower = name === "train" && curves.validation.length && Math.abs(down(loss) - down(curves.validation.at(-1)[1])) < 18 ? 14 : 0;
    parts.push(s("text", { class: "name", x: `${across(step) + 1}%`, y: down(loss) + 4 + lower }, `${name} ${loss.toFixed(2)}`));
  }
  parts.push(s("text", { x: "4%", y: HEIGHT + TOP + 24 }, "0"), s("text", { x: "88%", y: HEIGHT + TOP + 24, "text-anchor": "end" }, `${last} steps`));
  const said = `Loss in nats a token over ${last} steps. ${Object.entries(curves).filter(([, curve]) => curve.length).map(([name, curve]) => `${name} is at ${curve.at(-1)[1].toFixed(2)}`).join(", ")}.`;
  return s("svg", { class: `chart ${colour(approach)}`, role: "img", height: HEIGHT + TOP + 34, "aria-label": said }, parts.flat());
}

/** Scores with their 95 % intervals: `rows` is [[approach, {mean, low, high}]], in shares. */
export function intervalChart(rows, title) {
  const row = 46;
  const across = (share) => `${30 + 62 * share}%`;
  const height = rows.length * row;
  const parts = [0, 0.25, 0.5, 0.75, 1].map((share) => [
    s("line", { class: "grid", x1: across(share), x2: across(share), y1: 0, y2: height }),
    s("text", { x: across(share), y: height + 18, "text-anchor": "middle" }, `${100 * share} %`)]);
  rows.forEach(([approach, value], at) => {
    const y = at * row + row / 2;
    const group = s("g", { class: colour(approach) });
    if (value.low !== null) group.append(s("line", { class: "whisker", x1: across(value.low), x2: across(value.high), y1: y, y2: y }));
    group.append(s("circle", { class: "dot", cx: across(value.mean), cy: y, r: 7 }));
    parts.push(s("text", { class: "name", x: 0, y: y + 5 }, approach), group);
    const words = value.low === null ? `${Math.round(100 * value.mean)} %` : `${Math.round(100 * value.mean)} % (${Math.round(100 * value.low)} to ${Math.round(100 * value.high)})`;
    parts.push(s("text", { x: across(value.low === null ? value.mean : value.low), y: y - 10 }, words));
  });
  const said = `${title}: ${rows.map(([approach, value]) => `${approach} ${Math.round(100 * value.mean)} percent`).join(", ")}.`;
  return s("svg", { class: "chart", role: "img", height: height + 26, "aria-label": said }, parts.flat());
}

function ticks(top) {
  const power = 10 ** Math.floor(Math.log10(top / 3));
  const step = [1, 2, 5, 10].map((times) => times * power).find((size) => size >= top / 4);
  return Array.from({ length: Math.floor(top / step) + 1 }, (_, at) => at * step);
}
