// A document's text as elements: headings, paragraphs and tables told apart, pages ruled off, spans marked.
//   textOf(source, [{ start: 612, end: 651 }], { start: 0, end: source.text.length })
// Only how lines are set is decided here: every character of a quote stays where its offsets say.

import { h } from "./dom.js";

const HEADING = /^#{1,6} +/;
const OWN_LINE = /^\s*([-*+•]|\d+[.)]|>|```)\s|^\s*$/;
const WRAPPED_CHARS = 60; // a line this long was broken by an editor, not by its author

export function textOf(source, spans, { start, end }) {
  const parts = [];
  const starts = new Map(source.pages.map((page) => [page.start, page.number]));
  for (const block of blocksOf(source.text, start, end, starts)) {
    if (starts.has(block.start) && starts.size > 1) parts.push(h("p", { class: "page-rule" }, `page ${starts.get(block.start)}`));
    parts.push(drawn(source.text, block, spans));
  }
  return h("div", { class: "doc" }, parts);
}

/** Lines put together: rows of a table, and lines of a paragraph that an editor broke. */
function blocksOf(text, start, end, starts) {
  const blocks = [];
  for (let at = start; at < end;) {
    const found = text.indexOf("\n", at);
    const stop = found < 0 || found > end ? end : found;
    const line = text.slice(at, stop);
    const kind = line.startsWith("|") ? "table" : HEADING.test(line) ? "heading" : OWN_LINE.test(line) ? "line" : "prose";
    const last = blocks.at(-1);
    const joins = last && !starts.has(at) && ((kind === "table" && last.kind === "table")
      || (kind === "prose" && ["prose", "line"].includes(last.kind) && last.lastChars >= WRAPPED_CHARS));
    if (joins) { last.end = stop; last.lastChars = line.length; last.lines.push([at, stop]); }
    else blocks.push({ kind, start: at, end: stop, lastChars: line.length, lines: [[at, stop]] });
    at = stop + 1;
  }
  return blocks;
}

function drawn(text, block, spans) {
  if (block.kind === "table") return tableOf(text, block.lines, spans);
  if (block.kind !== "heading") return h("div", { class: block.lines.length > 1 ? "wrapped" : null }, marked(text, block.start, block.end, spans));
  const skip = HEADING.exec(text.slice(block.start, block.end))[0].length;
  return h("div", { class: "h" }, marked(text, block.start + skip, block.end, spans));
}

/** Markdown rows as a table; a row of dashes is only a rule. */
function tableOf(text, lines, spans) {
  const rows = lines.filter(([start, end]) => !/^\|[\s:|-]+$/.test(text.slice(start, end)));
  const cells = ([start, end]) => {
    const found = [];
    let from = start + 1;
    for (let at = from; at <= end; at += 1) {
      const closes = at === end || (text[at] === "|" && text[at - 1] !== "\\");
      if (!closes) continue;
      if (at < end || text.slice(from, at).trim()) found.push([from, at]);
      from = at + 1;
    }
    return found;
  };
  const drawRow = (row, tag) => h("tr", {}, cells(row).map(([start, end]) => h(tag, {}, marked(text, start, end, spans))));
  const head = rows.length < lines.length ? h("thead", {}, drawRow(rows[0], "th")) : null;
  return h("div", { class: "scroll" }, h("table", {}, head, h("tbody", {}, rows.slice(head ? 1 : 0).map((row) => drawRow(row, "td")))));
}

/** Characters `start:end` as text nodes, those inside a span within <mark>. */
function marked(text, start, end, spans) {
  const cuts = new Set([start, end]);
  for (const span of spans) for (const cut of [span.start, span.end]) if (cut > start && cut < end) cuts.add(cut);
  const ordered = [...cuts].sort((a, b) => a - b);
  return ordered.slice(0, -1).map((from, index) => {
    const piece = text.slice(from, ordered[index + 1]);
    const inside = spans.some((span) => span.start <= from && from < span.end);
    return inside && piece.trim() ? h("mark", {}, piece) : piece;
  });
}
