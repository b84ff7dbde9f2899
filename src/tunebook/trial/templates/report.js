// Filters the cases. The page is whole without this: the form stays hidden until it runs.
(() => {
  const form = document.getElementById("filter");
  if (!form) return;
  const cases = [...document.querySelectorAll("details.case")];
  const shown = document.getElementById("shown");
  const texts = cases.map((c) => c.textContent.toLowerCase());
  const field = (name) => form.elements.namedItem(name);

  function apply() {
    const words = field("text").value.toLowerCase().split(/\s+/).filter(Boolean);
    const kind = field("kind").value, arm = field("arm").value, why = field("why").value;
    let count = 0;
    cases.forEach((c, i) => {
      const wrong = JSON.parse(c.dataset.wrong);
      const fails = Object.entries(wrong).some(([a, w]) => (!arm || a === arm) && (!why || w === why));
      const keep = words.every((w) => texts[i].includes(w)) && (!kind || c.dataset.kind === kind) && ((!arm && !why) || fails);
      c.hidden = !keep;
      count += keep;
    });
    shown.textContent = count === cases.length ? `All ${count} cases` : `${count} of ${cases.length} cases`;
  }

  form.addEventListener("input", apply);
  form.addEventListener("submit", (event) => event.preventDefault());
  form.addEventListener("reset", () => setTimeout(apply));
  document.getElementById("open-all").addEventListener("click", () => cases.forEach((c) => { if (!c.hidden) c.open = true; }));
  document.getElementById("close-all").addEventListener("click", () => cases.forEach((c) => { c.open = false; }));

  document.querySelectorAll("td[data-arm]").forEach((cell) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = cell.textContent.trim();
    button.title = `Show these cases: ${cell.dataset.arm}, ${cell.dataset.why}`;
    button.addEventListener("click", () => {
      form.reset();
      field("arm").value = cell.dataset.arm;
      field("why").value = cell.dataset.why;
      setTimeout(apply);
      document.getElementById("cases").scrollIntoView();
    });
    cell.replaceChildren(button);
  });

  form.hidden = false;
  apply();
})();
