// The book beside the answer: a document opened at a page, with the words of a citation marked.
//   openSource({ document: "documents/a.pdf", start: 612, end: 651, page: 2 }, button)

import { api } from "./api.js";
import { failure, find, h, s, say } from "./dom.js";
import { textOf } from "./text.js";

const wide = window.matchMedia("(min-width: 1100px)");
let opener = null;
let asked = 0; // the last request wins

/** Opens the pane at a citation; `from` gets the focus back when it is closed. */
export async function openSource(citation, from) {
  const pane = find("#source");
  opener?.setAttribute("aria-expanded", "false");
  opener = from;
  opener?.setAttribute("aria-expanded", "true");
  const turn = ++asked;
  pane.replaceChildren(frame(pane, "Opening the source", citation.document), h("div", { class: "body" }));
  show(pane);
  try {
    const source = await api.source(citation.document);
    if (turn === asked) await draw(pane, source, source.move(citation), turn);
  } catch (error) {
    if (turn === asked) find(".body", pane).replaceChildren(failure(error));
  }
}

function show(pane) {
  if (pane.open) return;
  if (wide.matches) pane.show();
  else pane.showModal();
}

export function closeSource() {
  const pane = find("#source");
  if (!pane?.open) return;
  pane.close();
}

export function watchSource() {
  const pane = find("#source");
  pane.addEventListener("close", () => {
    asked += 1;
    opener?.setAttribute("aria-expanded", "false");
    opener?.focus();
    opener = null;
  });
  document.addEventListener("keydown", (event) => { if (event.key === "Escape" && wide.matches) closeSource(); });
  wide.addEventListener("change", () => { if (pane.open) { pane.close(); } });
}

function frame(pane, title, where, ...acts) {
  const close = h("button", { type: "button", class: "close", onclick: closeSource }, "Close");
  return h("header", {}, h("div", { class: "line" }, h("h2", { id: "source-title", tabindex: "-1" }, title), close),
    h("p", { class: "where soft" }, where), acts.length ? h("div", { class: "acts" }, acts) : null);
}

async function draw(pane, source, citation, turn) {
  const view = { source, citation, as: source.pictures ? "picture" : "text", page: citation.page };
  let drawn = 0; // turned quickly, the page asked last is shown, whichever arrives last
  const redraw = async () => {
    const mine = ++drawn;
    const body = find(".body", pane) ?? h("div", { class: "body", tabindex: "0" });
    pane.replaceChildren(head(pane, view, redraw), body);
    body.setAttribute("tabindex", "0");
    body.setAttribute("role", "region");
    body.setAttribute("aria-label", "Text of the source");
    const content = view.as === "picture" ? await picture(view, turn) : paper(view);
    if (turn !== asked || mine !== drawn) return;
    body.replaceChildren(...warnings(source, view.citation), content);
    toMark(body);
  };
  await redraw();
  if (turn === asked) {
    find("#source-title", pane).focus();
    say(`${source.title}${citation.page ? `, page ${citation.page}` : ""}: the quoted words are marked.`);
  }
}

/** Why the words may not be those that were quoted, or not those of the file. */
function warnings(source, citation) {
  const since = citation.version && citation.version !== source.version ? "The source has changed since this answer: the quoted words may stand elsewhere now." : null;
  return [since, source.changed].filter(Boolean).map((words) => h("p", { class: "notice" }, words));
}

function head(pane, view, redraw) {
  const { source } = view;
  const acts = [];
  if (source.pictures) {
    const toggle = (as, words) => h("button", { type: "button", "aria-pressed": String(view.as === as),
      onclick: async () => { view.as = as; await redraw(); find(`[aria-pressed="true"]`, pane)?.focus(); } }, words);
    acts.push(toggle("picture", "Page"), toggle("text", "Text"));
    if (view.as === "picture") {
      const turnTo = (to, words) => h("button", { type: "button", disabled: to < 1 || to > source.pages.length,
        onclick: () => { view.page = to; redraw(); } }, words);
      acts.push(turnTo(view.page - 1, "Page before"), turnTo(view.page + 1, "Page after"));
    }
  }
  acts.push(h("a", { class: "button", href: readLink(source.document, view.citation), target: "_blank" }, "Whole document", h("span", { class: "unseen" }, " in a new tab")));
  const where = view.page && view.as === "picture" ? `${source.document}, page ${view.page} of ${source.pages.length}` : source.document;
  return frame(pane, source.title, where, ...acts);
}

export const readLink = (id, citation) =>
  `/library/read?document=${encodeURIComponent(id)}${citation?.raw ? `&start=${citation.raw.start}&end=${citation.raw.end}` : ""}`;

/** The page as a picture, the marks as rectangles over it, and its text for who cannot see the picture. */
async function picture(view, turn) {
  try {
    const drawn = await api.picture(view.source.document, view.citation, view.page);
    if (turn !== asked) return h("div");
    return sheet(drawn, view.source);
  } catch (error) {
    view.as = "text";
    return h("div", {}, failure(error), paper(view));
  }
}

/** A drawn page: `drawn` is {png, width, height, page, marks}. */
export function sheet(drawn, source) {
  const rects = drawn.marks.map((mark) =>
    s("rect", { x: mark.left - 3, y: mark.top - 2, width: mark.width + 6, height: mark.height + 4, rx: 3 }));
  const page = source.pages.find((one) => one.number === drawn.page);
  return h("figure", { class: "sheet" },
    h("img", { src: `data:image/png;base64,${drawn.png}`, width: drawn.width, height: drawn.height,
      alt: `Page ${drawn.page} of ${source.title}` }),
    s("svg", { viewBox: `0 0 ${drawn.width} ${drawn.height}`, "aria-hidden": "true" }, rects),
    h("figcaption", { class: "unseen" }, page ? source.text.slice(page.start, page.end) : ""));
}

/** The text in place: the page that is cited, or a stretch around the quote where the document is long. */
function paper(view) {
  const { source, citation } = view;
  return h("div", { class: "paper" }, textOf(source, [citation], around(source, citation)));
}

const STRETCH_CHARS = 40_000;

function around(source, citation) {
  if (source.text.length <= STRETCH_CHARS) return { start: 0, end: source.text.length };
  const start = Math.max(0, source.text.lastIndexOf("\n", citation.start - STRETCH_CHARS / 2));
  return { start, end: Math.min(source.text.length, citation.end + STRETCH_CHARS / 2) };
}

function toMark(body) {
  const mark = find("mark, rect", body);
  if (!mark) { body.scrollTop = 0; return; }
  const settle = () => {
    const offset = mark.getBoundingClientRect().top - body.getBoundingClientRect().top;
    body.scrollTop += offset - body.clientHeight / 3;
    body.scrollLeft += mark.getBoundingClientRect().left - body.getBoundingClientRect().left - 16; // a page is wider than a phone
  };
  const image = find("img", body);
  if (image && !image.complete) image.addEventListener("load", settle, { once: true });
  else settle();
}
