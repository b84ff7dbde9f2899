// Ask: a question to one approach or to two side by side; the answer streams, its numbers open the source.

import { answerOf, leftOut, readsBook, sourcesOf } from "./answer.js";
import { api } from "./api.js";
import { colour, empty, failure, find, h, manages, notice, say, seconds, swatch } from "./dom.js";
import "./frame.js";
import { openSource, closeSource, watchSource } from "./source.js";
import { thumbs } from "./thumbs.js";

const form = find("#ask");
const turns = find("#turns");
const field = form.elements;
let running = null; // what stops the answers that are under way
const past = []; // messages of earlier turns, for a follow-up
const OPEN = "question"; // in this tab's storage until it is answered: who leaves the page or has to sign in again finds it in the field
const LONG_CHARS = 160;

watchSource();
form.addEventListener("submit", (event) => { event.preventDefault(); ask(field.question.value.trim()); });
field.question.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing) { event.preventDefault(); form.requestSubmit(); }
});
find("#stop").addEventListener("click", () => running?.abort());
const ready = start();
field.question.value ||= sessionStorage.getItem(OPEN) ?? "";
if (field.question.value.endsWith("\n")) form.requestSubmit(); // Enter came before this script

async function start() {
  try {
    const [approaches, about] = await Promise.all([api.approaches(), api.about()]);
    const usable = approaches.filter((one) => one.available && one.name !== "oracle");
    choose(approaches, usable);
    if (!usable.length) return showEmpty(noApproach(approaches));
    showEmpty(await invitation(usable));
    if (!about.ready) find("#empty").prepend(notice("The first answer takes longer.", "", `Not ready yet: ${about.why}.`));
  } catch (error) {
    showEmpty(failure(error));
  }
  field.question.focus();
}

function choose(approaches, usable) {
  const option = (one) => h("option", { value: one.name, disabled: !one.available }, one.available ? one.name : `${one.name} (not yet)`);
  const shown = approaches.filter((one) => one.name !== "oracle");
  field.approach.append(...shown.map(option));
  field.beside.append(...shown.map(option));
  const kept = localStorage.getItem("approach");
  const names = usable.map((one) => one.name);
  field.approach.value = [kept, "hybrid", "rag", "tuned", "prompted", "base"].find((name) => names.includes(name)) ?? "";
  field.approach.addEventListener("change", () => localStorage.setItem("approach", field.approach.value));
}

async function invitation(usable) {
  const names = usable.map((one) => one.name);
  const missing = !names.includes("rag")
    ? h("p", {}, "The library is empty, so no answer can name its source yet. ", h("a", { href: "/library" }, "Add documents"), " first, or ask without them.")
    : null;
  const cases = manages ? await api.cases({ limit: 50 }).catch(() => ({ cases: [] })) : { cases: [] };
  const tries = cases.cases.filter((row) => row.kind !== "behaviour").map((row) => row.prompt ?? row.messages.at(-1).content).filter((prompt) => prompt.length < 160).slice(0, 3);
  const list = tries.length
    ? [h("p", { class: "soft" }, "Or begin with one of your cases:"),
      h("ul", { class: "tries" }, tries.map((prompt) => h("li", {}, h("button", { type: "button", onclick: () => ask(prompt) }, prompt))))]
    : null;
  return empty("Ask what your documents know", h("p", {}, "Every sentence of the answer shows where it comes from, or says that no source holds it."), missing, list);
}

const noApproach = (approaches) => empty("Nothing can answer yet",
  h("ul", {}, approaches.map((one) => h("li", {}, h("b", {}, one.name), `: ${one.why}`))),
  h("p", {}, h("a", { href: "/library" }, "Add documents"), " or ", h("a", { href: "/tune" }, "tune an adapter"), "."));

function showEmpty(content) {
  const place = find("#empty");
  place.classList.remove("empty");
  place.hidden = false;
  place.replaceChildren(content);
}

async function ask(question) {
  if (!question || running) return;
  await ready; // somebody who types fast asks before the approaches are known
  if (running || !field.approach.value) return;
  find("#empty").hidden = true;
  closeSource();
  const names = [...new Set([field.approach.value, field.beside.value].filter(Boolean))];
  const messages = field.follow.checked ? [...past] : [];
  messages.push({ role: "user", content: question });
  const replies = h("div", { class: "replies" });
  const turn = h("article", { class: "turn", "aria-label": question.slice(0, LONG_CHARS) }, asked(question), replies);
  turns.append(turn);
  field.question.value = "";
  sessionStorage.setItem(OPEN, question);
  turn.scrollIntoView({ block: "start" });
  busy(new AbortController());
  say("Answering.");
  const answers = [];
  for (const name of names) {
    if (running.signal.aborted) break; // one after the other: two at once would share the same cores
    answers.push(await reply(name, messages, question, replies));
  }
  const stopped = running.signal.aborted;
  busy(null);
  const first = answers.find((answer) => answer);
  if (!first && !stopped) field.question.value ||= question;
  else sessionStorage.removeItem(OPEN);
  if (first) {
    past.push({ role: "user", content: question }, { role: "assistant", content: first.text });
    find("#follow").hidden = false;
    say(first.abstained ? "Answered: the documents do not say." : "Answered.");
  }
}

/** A long question is shown in a box of its own, so that its answer is in sight. */
const asked = (question) => (question.length < LONG_CHARS
  ? h("h2", { class: "question", dir: "auto" }, question)
  : h("h2", { class: "question long", dir: "auto", tabindex: "0" }, question));

function busy(controller) {
  running = controller;
  find("#stop").hidden = !controller;
  find("button[type=submit]", form).disabled = Boolean(controller);
}

async function reply(name, messages, question, replies) {
  const words = h("p", { class: "said waiting", dir: "auto" });
  const about = h("span", { class: "soft num" }, "");
  const card = h("section", { class: `reply ${colour(name)}`, "aria-label": `Answer of ${name}`, "aria-busy": "true" },
    h("h3", {}, h("span", {}, swatch(name), name), about), words);
  replies.append(card);
  try {
    const answer = await api.chat(messages, name, (text) => { words.textContent = text; }, running.signal);
    finish(card, words, about, { approach: name, ...answer }, question);
    return answer;
  } catch (error) {
    words.classList.remove("waiting");
    if (error.name === "AbortError") words.append(h("span", { class: "flag unknown" }, "stopped"));
    else card.append(failure(error));
    return null;
  } finally {
    card.setAttribute("aria-busy", "false");
  }
}

function finish(card, words, about, answer, question) {
  words.classList.remove("waiting");
  words.replaceChildren(...answerOf(answer, openSource));
  about.textContent = seconds(answer.seconds?.total);
  if (answer.abstained) card.append(h("p", { class: "soft" }, "It declined: what it found does not hold the answer."), nearest(answer));
  else if (!readsBook(answer.approach)) card.append(h("p", { class: "soft" }, "Answered without the documents: nothing here is checked against a source."));
  card.append(...[leftOut(answer), sourcesOf(answer, openSource), thumbs(answer, question)].filter(Boolean));
}

/** What an abstaining answer had found, so that a reader can look for themselves. */
function nearest(answer) {
  if (!answer.hits?.length) return h("p", {}, h("a", { href: "/library" }, "See what is in the library"));
  const items = answer.hits.slice(0, 3).map((hit) => h("li", { class: "unknown" },
    h("button", { type: "button", onclick: (event) => openSource(hit, event.currentTarget) },
      hit.page ? `${hit.title}, page ${hit.page}` : hit.title)));
  return [h("p", { class: "soft" }, "Nearest to the question:"), h("ul", { class: "cites" }, items)].reduce((all, one) => { all.append(one); return all; }, h("div"));
}
