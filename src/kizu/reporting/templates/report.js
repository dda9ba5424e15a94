"use strict";

// Opens folded tables for the printer, and closes them again.
{
  let opened = [];
  addEventListener("beforeprint", () => {
    opened = [...document.querySelectorAll("details:not([open])")];
    for (const part of opened) part.open = true;
  });
  addEventListener("afterprint", () => {
    for (const part of opened) part.open = false;
  });
}

// A copy kept with its run carries its commit and its runs in an element of the page; show them.
{
  const record = JSON.parse(document.getElementById("provenance").textContent);
  const place = document.getElementById("runs");

  const element = (name, ...children) => {
    const made = document.createElement(name);
    made.append(...children);
    return made;
  };
  // Only addresses of the web become links, whatever the record says.
  const link = (text, address) => {
    if (!/^https?:\/\//.test(address ?? "")) return text;
    const anchor = element("a", text);
    anchor.href = address;
    return anchor;
  };
  const row = (heading, ...cells) => {
    const first = element("th", heading);
    first.scope = "row";
    return element("tr", first, ...cells.map((cell) => element("td", cell)));
  };
  const table = (caption, headings, rows) => {
    const cells = headings.map((heading) => {
      const cell = element("th", heading);
      cell.scope = "col";
      return cell;
    });
    const made = element("table", element("caption", caption));
    made.append(element("thead", element("tr", ...cells)), element("tbody", ...rows));
    const scroll = element("div", made);
    scroll.className = "scroll";
    scroll.tabIndex = 0;
    scroll.setAttribute("role", "region");
    scroll.setAttribute("aria-label", caption);
    return scroll;
  };

  if (place && Object.keys(record).length > 0) {
    const runs = (record.runs ?? []).map((run) =>
      row(run.stage ?? "", link(run.run_id ?? "", run.url), run.status ?? ""),
    );
    const state = record.dirty ? " with uncommitted changes" : "";
    const commit = record.commit
      ? element("p", "Made at commit ", element("code", record.commit), `${state}.`)
      : element("p", "Made outside a git repository.");
    place.replaceChildren(commit, table("Runs", ["stage", "run", "status"], runs));
  }
}
