// Decide: the last trial's verdict, a trial that runs, and the advisor's six questions.

import { api } from "./api.js";
import { intervalChart } from "./chart.js";
import { colour, count, empty, failure, find, h, percent, say, swatch, table, when } from "./dom.js";
import "./frame.js";
import { follow, startJob } from "./jobs.js";

const LEADS = { "for now": "Recommended for now: ", "simplest of equals": "Recommended as the simplest of equals: ", "alone": "The only one that was run: " };
const hooks = { each: live, done: () => { find("#live").replaceChildren(); return trials(); } };
trials();
questions();
follow(find("#job"), "trial", hooks);

async function trials() {
  const place = find("#trial");
  try {
    const found = await api.trials();
    const ready = await api.cases({ limit: 1 });
    place.replaceChildren(...(found.length ? [verdict(await api.trial(found[0].id)), actions(ready.total, "Run it again"), earlier(found.slice(1))] : [nothing(ready.total)]).filter(Boolean));
  } catch (error) {
    place.replaceChildren(failure(error));
  }
}

const run = () => startJob(find("#job"), "trial", {}, hooks);

function actions(cases, words) {
  return h("div", { class: "acts-row" }, h("button", { type: "button", class: "primary", "data-starts": "trial", onclick: run }, words),
    h("span", { class: "soft" }, `${count(cases, "case")}. What has not changed is not asked again.`));
}

function nothing(cases) {
  if (!cases) return empty("No trial yet, and no cases to hold one with", h("p", {}, "A trial asks every approach your cases and compares the answers. ", h("a", { href: "/cases" }, "Write the first cases"), ": twenty are a beginning, fifty of a kind decide."));
  return empty("No trial yet", h("p", {}, "It tunes what is missing, asks every approach all cases, and says which to take and how sure that is."), actions(cases, "Run the trial"));
}

function verdict(trial) {
  const given = trial.verdict ?? {};
  const winner = given.recommended in (trial.approaches ?? {}) ? given.recommended : null;
  const lead = LEADS[given.choice] ?? "Recommended: ";
  const kicker = winner ? [swatch(winner), lead, winner] : [`Verdict: ${given.recommended ?? "none"}`];
  const sure = given.sure === null || given.sure === undefined ? null : h("p", {}, h("b", {}, "How sure: "), `drawing the cases again and again, ${given.how_sure ?? `first in ${percent(given.sure)} of the resamples`}.`);
  return h("div", {},
    h("div", { class: `verdict ${colour(winner ?? "")}` }, h("p", { class: "kicker" }, kicker), h("p", { class: "big" }, given.sentence ?? "This trial has no verdict."),
      given.reason ? h("p", {}, [given.reason, given.search_alone?.sentence, given.judge].filter(Boolean).join(" ")) : null, sure, given.next_step ? h("p", {}, h("b", {}, "Next: "), given.next_step) : null,
      h("p", { class: "acts-row" }, h("a", { class: "button", href: `/api/trials/${encodeURIComponent(trial.id)}/report.html` }, "Open the full report"), h("span", { class: "soft" }, `${when(trial.created)}, ${trial.measured_on ? `measured on ${trial.measured_on}` : count(trial.counts?.cases ?? 0, "case")}`))),
    scores(trial.approaches));
}

function scores(approaches) {
  const rows = Object.entries(approaches ?? {}).filter(([, metrics]) => metrics.score?.mean !== undefined && metrics.score.mean !== null).map(([name, metrics]) => [name, metrics.score]);
  if (!rows.length) return null;
  return h("figure", {}, h("figcaption", {}, h("h3", {}, "Score over all cases"), h("p", { class: "soft" }, "How right the answers are, with 95 % intervals.")), intervalChart(rows, "Score"));
}

function earlier(found) {
  if (!found.length) return null;
  const rows = found.map((trial) => [h("a", { href: `/api/trials/${encodeURIComponent(trial.id)}/report.html` }, when(trial.created)), trial.verdict?.recommended ?? "none", `${trial.counts?.cases ?? 0}`]);
  return h("details", {}, h("summary", {}, `Earlier trials (${found.length})`), table("Earlier trials", [{ title: "Trial" }, { title: "Verdict" }, { title: "Cases", num: true }], rows));
}

/** While a trial runs: the scores of the approaches that have answered. */
async function live() {
  const now = await api.liveTrial().catch(() => null);
  if (!now?.names.length) return;
  const waiting = now.names.filter((name) => !(name in now.approaches));
  find("#live").replaceChildren(scores(now.approaches) ?? "", h("p", { class: "soft" }, `${count(now.cases, "case")} so far.`, waiting.length ? ` Still to come: ${waiting.join(", ")}.` : ""));
}

async function questions() {
  const form = find("#questions");
  try {
    const asked = await api.questions();
    const sets = asked.map((question) => h("fieldset", {}, h("legend", {}, question.text),
      question.choices.map((choice) => h("label", { class: "choice" }, h("input", { type: "radio", name: question.key, value: choice.key }), h("span", {}, choice.label)))));
    form.replaceChildren(h("div", { class: "questions" }, sets), h("div", { class: "acts-row" }, h("button", { type: "submit", class: "primary" }, "Advise me"), h("button", { type: "reset" }, "Clear")));
    form.addEventListener("submit", (event) => { event.preventDefault(); advise(Object.fromEntries(new FormData(form))); });
  } catch (error) {
    form.replaceChildren(failure(error));
  }
}

async function advise(answers) {
  const place = find("#advice");
  try {
    const advice = await api.advise(answers);
    place.replaceChildren(told(advice));
    place.scrollIntoView({ block: "start" });
    say(`Advice: ${advice.recommended}.`);
  } catch (error) {
    place.replaceChildren(failure(error));
  }
}

const sentence = (text) => text[0].toUpperCase() + text.slice(1) + (/[.!?]$/.test(text) ? "" : ".");

const LEANS = { tuning: "Fine-tuning", rag: "RAG", both: "Both", neither: "Neither" };

function told(advice) {
  const open = advice.factors.filter((factor) => factor.answer === null).map((factor) => factor.factor);
  const factors = advice.factors.filter((factor) => factor.answer !== null).map((factor) => h("div", { class: "lean" },
    h("p", {}, h("b", {}, factor.factor), h("span", { class: "soft" }, `leans to ${LEANS[factor.leans].replace(/^[BFN]/, (letter) => letter.toLowerCase())}`)),
    h("p", {}, sentence(factor.answer), " ", factor.why, factor.source === "data" ? h("span", { class: "soft" }, " From your data.") : "")));
  const unanswered = open.length ? h("p", { class: "soft" }, `Not answered, so it counts for nothing: ${open.join(", ")}.`) : null;
  const agreement = advice.trial === "none" ? null : h("p", { class: advice.trial === "agrees" ? "notice good" : "notice" }, advice.trial_says);
  const collect = advice.collect.length ? [h("h3", {}, "Collect before a trial can decide"), h("ul", {}, advice.collect.map((line) => h("li", {}, line)))] : null;
  return h("div", {}, h("div", { class: `verdict ${colour(advice.recommended)}` }, h("p", { class: "kicker" }, swatch(advice.recommended), "Expected: ", advice.recommended),
    h("p", { class: "big" }, advice.reason), h("p", {}, h("b", {}, `Confidence: ${advice.confidence}. `), advice.confidence_why)), agreement, h("h3", {}, "What it rests on"), factors, unanswered, collect);
}
