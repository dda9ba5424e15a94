// Who cannot see that headings are buttons is told.
for (const caption of document.querySelectorAll("table:has(th[data-sort]) > caption")) {
  const hint = document.createElement("span");
  hint.className = "unseen";
  hint.textContent = ", sorted by the buttons in its headings";
  caption.append(hint);
}

// Sorts a table by the column whose heading is pressed; a cell without a value stays last.
for (const heading of document.querySelectorAll("th[data-sort]")) {
  const button = document.createElement("button");
  button.type = "button";
  // The axis under a label is no part of its name.
  button.append(heading.firstChild);
  heading.prepend(button);
  const table = heading.closest("table");
  const key = (row) => {
    const cell = row.cells[heading.cellIndex];
    if (heading.dataset.sort === "text") return cell.textContent.trim().toLowerCase();
    return cell.dataset.value === undefined ? null : Number(cell.dataset.value);
  };
  button.addEventListener("click", () => {
    const first = heading.dataset.sort === "text" ? "ascending" : "descending";
    const second = first === "ascending" ? "descending" : "ascending";
    const order = heading.getAttribute("aria-sort") === first ? second : first;
    for (const other of table.querySelectorAll("th[aria-sort]")) other.removeAttribute("aria-sort");
    heading.setAttribute("aria-sort", order);
    const sign = order === "ascending" ? 1 : -1;
    const [body] = table.tBodies;
    const rows = [...body.rows].sort((one, other) => {
      const [a, b] = [key(one), key(other)];
      if (a === null || b === null) return (a === null) - (b === null);
      return a < b ? -sign : a > b ? sign : 0;
    });
    body.append(...rows);
  });
}
