// Shows the examples of a modality, a group or a detector; paper and pages without scripts show all.
for (const filters of document.querySelectorAll(".filters")) {
  const buttons = [...filters.querySelectorAll("button")];
  const select = filters.querySelector("select");
  const chosen = { modality: "", group: "" };
  const show = (name, wanted) => {
    for (const part of document.querySelectorAll(`[data-${name}]`)) {
      if (filters.contains(part)) continue;
      const fits = wanted === "" || part.dataset[name] === wanted;
      part.classList.toggle("filtered-out", !fits);
    }
  };
  const update = () => {
    for (const name of ["modality", "group"]) {
      show(name, chosen[name]);
      for (const button of buttons.filter((one) => one.dataset.filter === name)) {
        button.setAttribute("aria-pressed", String(button.dataset.value === chosen[name]));
      }
    }
    show("detector", select.value);
    const all = [...document.querySelectorAll(".example")];
    const shown = all.filter((one) => !one.closest(".filtered-out")).length;
    filters.querySelector("[role=status]").textContent =
      `${shown} of ${all.length} examples fit.`;
  };
  filters.addEventListener("click", ({ target }) => {
    const button = target.closest("button");
    if (!button) return;
    chosen[button.dataset.filter] = button.dataset.value;
    // A detector belongs to one modality.
    if (chosen.modality && !select.value.startsWith(`${chosen.modality}/`)) select.value = "";
    update();
  });
  select.addEventListener("change", () => {
    if (select.value) {
      [chosen.modality] = select.value.split("/");
      document.querySelector(`[data-detector="${CSS.escape(select.value)}"]`).open = true;
    }
    update();
  });
  filters.addEventListener("submit", (event) => event.preventDefault());
  filters.hidden = false;
  update();
}
