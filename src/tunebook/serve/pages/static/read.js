// Read: what was read from a document, how it was split, and the page beside it where it has pages.

import { api } from "./api.js";
import { count, failure, find, h } from "./dom.js";
import "./frame.js";
import { sheet } from "./source.js";
import { textOf } from "./text.js";

const asked = new URLSearchParams(location.search);
const place = find("#read");
const LONG_CHARS = 300_000;

load();

async function load() {
  try {
    const source = await api.source(asked.get("document") ?? "");
    document.title = `${source.title}: ${document.title.split(": ").at(-1)}`;
    const aim = asked.has("end") ? source.move({ start: Number(asked.get("start")), end: Number(asked.get("end")) }) : null;
    place.replaceChildren(head(source), body(source, aim));
    const mark = find("mark", place);
    mark?.scrollIntoView({ block: "center" });
  } catch (error) {
    place.replaceChildren(h("h1", {}, "This document cannot be shown"), failure(error), h("p", {}, h("a", { href: "/library" }, "Back to the library")));
  }
}

function head(source) {
  const told = [source.format.toUpperCase(), source.pages.length ? count(source.pages.length, "page") : null, count(source.passages.length, "passage"), count(source.text.length, "character"), source.groups.length ? `for ${source.groups.join(", ")}` : null];
  return h("header", { class: "head" }, h("h1", {}, source.title), h("p", { class: "soft" }, source.document), h("p", { class: "lead" }, told.filter(Boolean).join(", ")),
    source.changed ? h("p", { class: "notice" }, source.changed) : null);
}

function body(source, aim) {
  const shown = source.text.length > LONG_CHARS ? around(source, aim) : source.passages;
  const cut = shown.length < source.passages.length ? h("p", { class: "notice" }, `A long document: ${shown.length} of its ${source.passages.length} passages are shown.`) : null;
  const side = source.pictures ? h("div", { class: "side" }) : null;
  const list = h("div", {}, cut, h("p", { class: "soft" }, "Each block is a passage, as search sees it. Nothing was left out or reworded."),
    shown.map((passage) => block(source, passage, source.passages.indexOf(passage) + 1, aim)));
  if (side) pictures(source, side, aim);
  return h("div", { class: side ? "split pictures" : "split" }, list, side);
}

function around(source, aim) {
  const at = aim ? source.passages.findIndex((passage) => passage.end > aim.start) : 0;
  return source.passages.slice(Math.max(0, at - 50), at + 150);
}

function block(source, passage, number, aim) {
  const about = [`${number}`, passage.page ? `page ${passage.page}` : null, passage.heading || null].filter(Boolean).join(", ");
  const aimed = aim && passage.start < aim.end && aim.start < passage.end;
  return h("section", { class: aimed ? "passage aimed" : "passage", "aria-label": `Passage ${number}` }, h("p", { class: "soft" }, about), textOf({ text: source.text, pages: [] }, aim ? [aim] : [], passage));
}

function pictures(source, side, aim) {
  const first = aim ? source.pages.find((page) => page.start <= aim.start && aim.start < page.end)?.number ?? 1 : 1;
  let turned = 0; // turned quickly, the page asked last is shown, whichever arrives last
  const turn = async (number) => {
    const mine = ++turned;
    const bar = h("div", { class: "acts-row" },
      h("button", { type: "button", disabled: number <= 1, onclick: () => turn(number - 1) }, "Page before"),
      h("span", { class: "soft num" }, `${number} of ${source.pages.length}`),
      h("button", { type: "button", disabled: number >= source.pages.length, onclick: () => turn(number + 1) }, "Page after"));
    side.replaceChildren(bar, h("p", { class: "soft", role: "status" }, "Drawing the page"));
    const shown = await api.picture(source.document, aim, number).then((picture) => sheet(picture, source)).catch(failure);
    if (mine === turned) side.replaceChildren(bar, shown);
  };
  turn(first);
}
