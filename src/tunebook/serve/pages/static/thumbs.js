// Thumbs under an answer: with a reason they become proposed cases, which somebody reviews before they count.

import { api } from "./api.js";
import { failure, h, manages, notice, s } from "./dom.js";

const REASONS = {
  down: ["It is wrong", "It leaves something out", "The source does not say so", "The documents do say: it should have answered",
    "The documents do not say: it should have declined", "Form or tone"],
  up: ["Right, and the source holds it", "Right to decline", "Form and tone are right"],
};
const DECLINE = new Set(["Right to decline", "The documents do not say: it should have declined"]);
const FORM = new Set(["Form or tone", "Form and tone are right"]);

export function thumbs(answer, question) {
  const place = h("div");
  const button = (way, words) => h("button", { type: "button", "aria-pressed": "false",
    onclick: (event) => open(event.currentTarget, way) }, sign(way), words);
  const row = h("div", { class: "thumbs", role: "group", "aria-label": "Was this right?" },
    button("up", "Right"), button("down", "Wrong"));

  function open(pressed, way) {
    const was = pressed.getAttribute("aria-pressed") === "true";
    row.querySelectorAll("button").forEach((one) => one.setAttribute("aria-pressed", String(one === pressed && !was)));
    place.replaceChildren(was ? "" : form(way));
    place.querySelector("select")?.focus({ preventScroll: true });
    place.firstElementChild?.scrollIntoView({ block: "nearest" });
  }

  function form(way) {
    const reason = h("select", { name: "reason" }, REASONS[way].map((words) => h("option", {}, words)));
    const right = way === "down" ? h("label", {}, "What would be right? (if you know)", h("textarea", { name: "right", rows: "2" })) : null;
    const note = h("label", {}, "Anything else", h("textarea", { name: "note", rows: "1" }));
    return h("form", { class: "why-form", onsubmit: (event) => { event.preventDefault(); send(way, new FormData(event.currentTarget)); } },
      h("label", {}, way === "up" ? "What is right about it?" : "What is wrong with it?", reason), right, note,
      h("div", {}, h("button", { type: "submit", class: "primary" }, "Keep as a proposed case")));
  }

  async function send(way, given) {
    try {
      await api.thumb(thumbOf(answer, question, way, given));
      const done = notice("Kept. It counts once somebody has reviewed it.", "good");
      if (manages) done.append(" ", h("a", { href: "/cases" }, "Review it under Cases"));
      row.remove();
      place.replaceChildren(done);
    } catch (error) {
      place.append(failure(error));
    }
  }

  return h("div", {}, row, place);
}

/** A thumb, drawn: fonts differ in theirs, or lack one. */
function sign(way) {
  const hand = "M2 9h4v10H2zM6 10l4-8c2 0 3 1.500 2.500 3.500L11.800 8H17c1.500 0 2.300 1.200 2 2.500l-1.600 7c-.3 1-1 1.500-2 1.500H6";
  return s("svg", { class: `thumb ${way}`, viewBox: "0 0 21 21", width: 18, height: 18, "aria-hidden": "true" }, s("path", { d: hand }));
}

/** What is kept: the answer that was judged, and the case that it could become. */
function thumbOf(answer, question, way, given) {
  const reason = given.get("reason");
  const right = (given.get("right") ?? "").trim();
  const declined = DECLINE.has(reason);
  const good = way === "up" && !declined;
  const citations = answer.citations ?? [];
  const sources = good ? citations.filter((one) => one.supported).map(({ document, page, quote }) => ({ document, ...(page ? { page } : {}), quote })) : [];
  return {
    question,
    answer: answer.text,
    approach: answer.approach,
    thumb: way,
    reason: [reason, (given.get("note") ?? "").trim()].filter(Boolean).join(". "),
    sources: [...new Set(citations.map((one) => one.document))],
    case: { prompt: question, kind: FORM.has(reason) ? "behaviour" : "knowledge", answerable: !declined,
      answers: right ? [right] : good ? [answer.text] : [], sources },
  };
}
