// An answer as elements: each sentence with the numbers of its sources, and what no source bears out marked as such.
//   answerOf({ text, claims: [{ start, end, supported, citations: [0], why: [] }], citations: […] }, openSource)

import { unitsOf } from "./api.js";
import { h } from "./dom.js";

const BOOK = new Set(["rag", "hybrid", "naive_hybrid", "full_context", "oracle"]);
const KIND = { true: "good", false: "bad", null: "unknown" };
const WORDS = { true: "✓ Supported", false: "✗ Not supported", null: "? Cannot tell" };

/** Whether an approach reads documents at all. */
export const readsBook = (approach) => BOOK.has(approach);

export const placeOf = (citation) => (citation.page ? `${citation.document}, page ${citation.page}` : citation.document);

/** The text with its citations; `open(citation, button)` shows one. */
export function answerOf(answer, open) {
  const at = unitsOf(answer.text);
  const parts = [];
  let end = 0;
  for (const claim of answer.claims ?? []) {
    parts.push(answer.text.slice(end, at(claim.start)), claimOf(answer, claim, at, open));
    end = at(claim.end);
  }
  parts.push(answer.text.slice(end));
  return parts.flat(3).filter(Boolean);
}

function claimOf(answer, claim, at, open) {
  const kind = KIND[claim.supported];
  const numbers = claim.citations.map((place) => number(answer.citations[place], open));
  const why = claim.why.join("; ");
  const flag = kind === "good" ? null
    : h("span", { class: `flag ${kind}`, title: why || null }, kind === "unknown" ? "cannot tell" : claim.citations.length ? "not in its source" : "no source");
  return [h("span", { class: `claim ${kind}` }, answer.text.slice(at(claim.start), at(claim.end))), numbers, flag];
}

function number(citation, open) {
  const label = `Source ${citation.marker}: ${placeOf(citation)}. ${WORDS[citation.supported].slice(2)}.`;
  return h("button", { type: "button", class: `cite ${KIND[citation.supported]}`, "aria-label": label, title: label, "aria-expanded": "false",
    onclick: (event) => open(citation, event.currentTarget) }, String(citation.marker));
}

/** The sources below an answer, each quote once, with what is amiss. */
export function sourcesOf(answer, open) {
  const seen = new Set();
  const items = (answer.citations ?? []).map((citation, place) => {
    const key = `${citation.document}:${citation.start}:${citation.end}`;
    if (seen.has(key)) return null;
    seen.add(key);
    const why = (answer.claims ?? []).filter((claim) => claim.citations.includes(place)).flatMap((claim) => claim.why);
    return h("li", { class: KIND[citation.supported] }, h("b", {}, `${citation.marker}  ${WORDS[citation.supported]}`),
      why.length ? h("span", { class: "soft" }, ` ${why.join("; ")}`) : null, h("q", {}, citation.quote),
      h("button", { type: "button", onclick: (event) => open(citation, event.currentTarget) }, placeOf(citation)));
  });
  return items.length ? h("ul", { class: "cites", "aria-label": "Sources" }, items) : null;
}

/** Sentences that were taken out of the answer because nothing bears them out. */
export function leftOut(answer) {
  const gone = (answer.unsupported ?? []).filter((sentence) => !answer.text.includes(sentence));
  return gone.length ? h("p", { class: "soft" }, `Left out, for nothing in the documents supports it: ${gone.join(" ")}`) : null;
}
