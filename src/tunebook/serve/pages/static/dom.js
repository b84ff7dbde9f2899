// Builds elements from text: what comes from documents, models and people only ever becomes a text node.
//   h("p", { class: "soft" }, "3 passages")

const SVG = "http://www.w3.org/2000/svg";

export function h(tag, attributes = {}, ...children) {
  return fill(document.createElement(tag), attributes, children);
}

export function s(tag, attributes = {}, ...children) {
  return fill(document.createElementNS(SVG, tag), attributes, children);
}

function fill(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
    else if (name === "value" && "value" in element) element.value = value;
    else element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children.flat(3).filter((child) => child !== null && child !== undefined && child !== false));
  return element;
}

/** Whether who is signed in may change things; the API decides, this only spares them buttons that refuse. */
export const manages = document.body.dataset.role === "manage";

export const find = (selector, within = document) => within.querySelector(selector);

/** Says a sentence to screen readers without moving anything. */
export function say(text) {
  const place = document.getElementById("said");
  place.textContent = "";
  setTimeout(() => { place.textContent = text; }, 50);
}

export const notice = (text, kind = "", hint = "") =>
  h("p", { class: `notice ${kind}`, role: kind === "bad" ? "alert" : null }, h("b", {}, text), hint || null);

/** What went wrong, in place of what would have been there. */
export const failure = (error) => notice(error.message, "bad", error.hint);

export function empty(title, ...words) {
  return h("div", { class: "empty" }, h("h3", {}, title), words);
}

const SHAPES = {
  base: ["c0", "M0,-6A6,6 0 1,1 0,6A6,6 0 1,1 0,-6Z"],
  prompted: ["c1", "M-5.5,-5.5H5.5V5.5H-5.5Z"],
  rag: ["c2", "M0,-7.5L7.5,0L0,7.5L-7.5,0Z"],
  tuned: ["c3", "M0,-7L7,5.5H-7Z"],
  hybrid: ["c4", "M0,-8L2.1,-2.6L7.6,-2.5L3.2,1L4.7,6.5L0,3.3L-4.7,6.5L-3.2,1L-7.6,-2.5L-2.1,-2.6Z"],
};
const OTHER = ["cx", "M-5,-5L5,5M5,-5L-5,5"];

/** The class that carries an approach's colour. */
export const colour = (approach) => (SHAPES[approach] ?? OTHER)[0];

/** The mark of an approach, as in the report's charts. */
export const swatch = (approach) =>
  s("svg", { class: `swatch ${colour(approach)}`, width: 18, height: 18, viewBox: "-9 -9 18 18", "aria-hidden": "true" },
    s("path", { d: (SHAPES[approach] ?? OTHER)[1] }));

export const count = (number, one, many = `${one}s`) => `${number.toLocaleString("en")} ${number === 1 ? one : many}`;

export const percent = (share) => `${Math.round(100 * share)} %`;

export function bytes(number) {
  const units = ["B", "kB", "MB", "GB"];
  let at = 0;
  while (number >= 1000 && at < units.length - 1) { number /= 1000; at += 1; }
  return `${number.toFixed(at && number < 10 ? 1 : 0)} ${units[at]}`;
}

export function seconds(number) {
  if (number === null || number === undefined) return "";
  if (number < 10) return `${number.toFixed(1)} s`;
  if (number < 90) return `${Math.round(number)} s`;
  return `${Math.round(number / 60)} min`;
}

export const when = (iso) =>
  iso ? new Date(iso).toLocaleString(undefined, { dateStyle: "medium", timeStyle: "short" }) : "";

/** A table that turns into a list on narrow screens: columns are {title, num, wide}, rows are arrays of cells. */
export function table(caption, columns, rows) {
  const head = columns.map((column) => h("th", { scope: "col", class: column.num ? "num" : null },
    column.hidden ? h("span", { class: "unseen" }, column.title) : column.title));
  const body = rows.map((cells) => h("tr", {}, cells.map((cell, at) => {
    const column = columns[at];
    if (at === 0) return h("th", { scope: "row" }, cell);
    const kind = [column.num && "num", column.wide && "wide", column.acts && "acts"].filter(Boolean).join(" ");
    return h("td", { class: kind || null, "data-label": column.title }, cell);
  })));
  return h("table", { class: "list" }, h("caption", { class: "unseen" }, caption),
    h("thead", {}, h("tr", {}, head)), h("tbody", {}, body));
}

/** Where the last part of a list begins: whoever stood behind it, for rows have gone, is brought there. */
export const lastOffset = (total, limit) => Math.max(0, Math.ceil(total / limit) - 1) * limit;

/** Buttons for the part before and the part after; nothing where everything is shown. */
export function pager(total, offset, limit, go) {
  if (total <= limit) return null;
  const step = (label, to, off) => h("button", { type: "button", disabled: off, onclick: () => go(to) }, label);
  return h("nav", { class: "pager", "aria-label": "Parts of the list" },
    step("Earlier", Math.max(0, offset - limit), offset === 0),
    h("span", { class: "soft num" }, `${offset + 1} to ${Math.min(offset + limit, total)} of ${total.toLocaleString("en")}`),
    step("Later", offset + limit, offset + limit >= total));
}
