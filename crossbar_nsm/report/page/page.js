"use strict";
// Sorting, filtering, enlarging, copying: what the page can do beyond being read. Everything in it is there without.
(() => {
  const collator = new Intl.Collator("en", { numeric: true });
  const make = (tag, properties, ...children) => {
    const node = Object.assign(document.createElement(tag), properties);
    node.append(...children);
    return node;
  };

  // ------------------------------------------------------------------------------------------------------- tables
  const valueOf = (cell) => cell.dataset.sort ?? cell.textContent;
  function compare(a, b, column, numeric, direction) {
    const [x, y] = [valueOf(a.cells[column]), valueOf(b.cells[column])];
    if (x === "" || y === "") return (x === "") - (y === ""); // nothing there: last, both ways
    return direction * (numeric ? Math.sign(Number(x) - Number(y)) || 0 : collator.compare(x, y));
  }

  function makeSortable(table) {
    const body = table.tBodies[0];
    const headings = [...table.tHead.rows[0].cells];
    const written = [...body.rows];
    headings.forEach((heading, column) => {
      const numeric = heading.classList.contains("number");
      // No <button>: a printed table would not repeat a heading that has one.
      const button = make("span", { tabIndex: 0 }, ...heading.childNodes);
      button.setAttribute("role", "button");
      heading.append(button);
      heading.setAttribute("aria-sort", "none");
      button.addEventListener("keydown", (event) => {
        if (event.key !== "Enter" && event.key !== " ") return;
        event.preventDefault(); // the space bar would scroll
        button.click();
      });
      button.addEventListener("click", () => {
        const next = { none: "ascending", ascending: "descending", descending: "none" }[heading.getAttribute("aria-sort")];
        headings.forEach((other) => other.setAttribute("aria-sort", "none"));
        heading.setAttribute("aria-sort", next);
        const direction = next === "descending" ? -1 : 1;
        const rows = [...written]; // the order of the file, to which the third click goes back
        if (next !== "none") rows.sort((a, b) => compare(a, b, column, numeric, direction));
        body.append(...rows);
      });
    });
  }

  function makeFilterable(table) {
    const rows = [...table.tBodies[0].rows];
    const texts = rows.map((row) => [...row.cells].map((cell) => cell.textContent).join(" ").toLowerCase());
    const count = make("span", { textContent: `${rows.length} rows` });
    count.setAttribute("role", "status");
    const box = make("input", { type: "search", autocomplete: "off", spellcheck: false });
    box.addEventListener("input", () => {
      const words = box.value.toLowerCase().split(/\s+/).filter(Boolean);
      let shown = 0;
      rows.forEach((row, index) => {
        row.hidden = !words.every((word) => texts[index].includes(word));
        shown += !row.hidden;
      });
      count.textContent = words.length ? `${shown} of ${rows.length} rows` : `${rows.length} rows`;
    });
    const label = make("label", {}, "Filter", box);
    table.closest(".table-block").prepend(make("div", { className: "filter" }, label, count));
  }

  for (const table of document.querySelectorAll("table")) {
    if (table.tBodies[0].rows.length > 1) makeSortable(table);
    if (table.hasAttribute("data-filter")) makeFilterable(table);
  }

  // ------------------------------------------------------------------------------------------------------ figures
  const dialog = document.querySelector("dialog");
  const large = dialog.querySelector("img");
  dialog.addEventListener("click", (event) => {
    if (event.target === dialog) dialog.close(); // beside the figure
  });
  for (const image of document.querySelectorAll("main figure img")) {
    const caption = image.parentElement.querySelector("figcaption");
    const written = caption.textContent;
    const button = make("button", { type: "button", className: "enlarge" });
    button.setAttribute("aria-label", `Enlarge: ${image.alt}`);
    image.replaceWith(button);
    button.append(image);
    button.addEventListener("click", () => {
      Object.assign(large, { src: image.src, alt: image.alt });
      dialog.querySelector("figcaption").textContent = written;
      dialog.showModal();
    });
    const kind = image.dataset.file.split(".").pop().toUpperCase();
    const download = { className: "download", href: image.src, download: image.dataset.file };
    caption.append(make("a", { ...download, textContent: `Download ${kind}` }));
  }

  // ----------------------------------------------------------------------------------------------------- listings
  for (const block of document.querySelectorAll(".listing")) {
    const text = block.querySelector("pre");
    const button = make("button", { type: "button", className: "control", textContent: "Copy" });
    button.addEventListener("click", async () => {
      try {
        await navigator.clipboard.writeText(text.textContent);
        button.textContent = "Copied";
      } catch {
        getSelection().selectAllChildren(text); // a browser that keeps its clipboard: one key is left to press
        button.textContent = "Selected: press Ctrl+C";
      }
      setTimeout(() => { button.textContent = "Copy"; }, 2000);
    });
    text.before(button);
  }
})();
