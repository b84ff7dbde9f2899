// An answer as elements: each sentence with the numbers of its sources, and what no source holds marked as such.
//   answerOf({ text, citations: [{ marker, sentence, supported, … }] }, openSource)

import { h } from "./dom.js";

const BOOK = new Set(["rag", "hybrid", "full_context", "oracle"]);
export const readsBook = (approach) => BOOK.has(approach);

const SENTENCE_END = /(?<=[.!?])["')\]]*\s+(?=[^a-z\s])|\n+/g;
const KIND = { true: "good", false: "bad", null: "unknown" };
const WORDS = { true: "✓ Supported", false: "✗ Not supported", null: "? Cannot tell" };

/** The text with its citations; `open(citation, button)` shows one. */
export function answerOf(answer, open) {
  const checked = readsBook(answer.approach) && !answer.abstained;
  const cited = new Map();
  for (const citation of answer.citations ?? []) {
    cited.set(citation.sentence, [...(cited.get(citation.sentence) ?? []), citation]);
  }
  return sentencesOf(answer.text).map((piece) => {
    if (!piece.sentence) return piece.text;
    const own = cited.get(piece.text) ?? [];
    if (!checked) return piece.text;
    return claim(piece.text, own, open);
  });
}

function claim(text, citations, open) {
  const kind = citations.some((one) => one.supported) ? "good"
    : citations.some((one) => one.supported === null) ? "unknown" : "bad";
  const buttons = citations.map((citation) => number(citation, open));
  const flag = kind === "good" ? null
    : h("span", { class: `flag ${kind}` }, kind === "unknown" ? "cannot tell" : citations.length ? "not in its source" : "no source");
  return [h("span", { class: `claim ${kind}` }, text), buttons, flag];
}

function number(citation, open) {
  const kind = KIND[citation.supported];
  const label = `Source ${citation.marker}: ${placeOf(citation)}. ${WORDS[citation.supported].slice(2)}.`;
  return h("button", { type: "button", class: `cite ${kind}`, "aria-label": label, title: label, "aria-expanded": "false",
    onclick: (event) => open(citation, event.currentTarget) }, String(citation.marker));
}

export const placeOf = (citation) => (citation.page ? `${citation.document}, page ${citation.page}` : citation.document);

/** The sources below an answer, each quote once. */
export function sourcesOf(answer, open) {
  if (!answer.citations?.length) return null;
  const seen = new Set();
  const items = answer.citations.filter((one) => {
    const key = `${one.document}:${one.start}:${one.end}`;
    return !seen.has(key) && seen.add(key);
  }).map((citation) => h("li", { class: KIND[citation.supported] },
    h("b", {}, `${citation.marker}  ${WORDS[citation.supported]}`), h("q", {}, citation.quote),
    h("button", { type: "button", onclick: (event) => open(citation, event.currentTarget) }, placeOf(citation))));
  return h("ul", { class: "cites", "aria-label": "Sources" }, items);
}

/** The answer cut into sentences and what stands between them, in order; nothing is lost. */
export function sentencesOf(text) {
  const pieces = [];
  let start = 0;
  for (const boundary of [...text.matchAll(SENTENCE_END), null]) {
    const end = boundary ? boundary.index : text.length;
    const piece = text.slice(start, end);
    const trimmed = piece.trim();
    if (/[\p{L}\p{N}]/u.test(trimmed) && !/^\(?(\d{1,2}|[a-z])[.)]$/.test(trimmed)) {
      const left = piece.indexOf(trimmed);
      pieces.push({ text: piece.slice(0, left) }, { text: trimmed, sentence: true }, { text: piece.slice(left + trimmed.length) });
    } else pieces.push({ text: piece });
    if (boundary) pieces.push({ text: boundary[0] });
    start = boundary ? end + boundary[0].length : end;
  }
  return pieces.filter((piece) => piece.text);
}
