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

  const MOST_STAYS = 0.65; // of the width of the box, for columns that stay in sight

  // A long name goes on in a second line where there is little room: then every row has the height of two.
  function levelRows(table) {
    const rows = [...table.tBodies[0].rows];
    rows.forEach((row) => { row.style.height = ""; });
    const tallest = Math.max(...rows.map((row) => row.getBoundingClientRect().height));
    rows.forEach((row) => { row.style.height = `${Math.ceil(tallest)}px`; });
  }

  // Columns that name the row stay in sight beside each other, as far as they leave room for others.
  function keepLeading(table, box) {
    const headings = table.tHead.rows[0].cells;
    let left = 0;
    [...headings].forEach((heading, column) => {
      const stays = heading.classList.contains("leading") && (column === 0 || left + heading.offsetWidth <= MOST_STAYS * box.clientWidth);
      for (const row of table.rows) {
        row.cells[column].classList.toggle("stays", stays);
        row.cells[column].style.setProperty("--left", stays ? `${left}px` : "auto");
      }
      left += stays ? heading.offsetWidth : Infinity;
    });
  }

  // What does not fit scrolls inside the box; a button says how much that is, and goes there.
  function sayWhatIsHidden(table, box) {
    const across = make("button", { type: "button", className: "control" });
    const down = make("button", { type: "button", className: "control" });
    box.before(make("div", { className: "hints" }, across, down));
    const rest = (size, inside, at) => [at > 1, size - inside - at > 1];
    const update = () => {
      const [left, right] = rest(box.scrollWidth, box.clientWidth, box.scrollLeft);
      const [above, below] = rest(box.scrollHeight, box.clientHeight, box.scrollTop);
      const edge = box.getBoundingClientRect().right;
      const hidden = [...table.tHead.rows[0].cells].filter((cell) => cell.getBoundingClientRect().right > edge + 1).length;
      across.hidden = !left && !right;
      across.textContent = right ? `${hidden} more column${hidden > 1 ? "s" : ""} \u2192` : "\u2190 first columns";
      down.hidden = !above && !below;
      down.textContent = below ? "more rows \u2193" : "\u2191 first rows";
      box.classList.toggle("scrolled", left);
    };
    const go = (axis, forth, size) => box.scrollTo({ [axis]: forth ? box[axis === "left" ? "scrollLeft" : "scrollTop"] + 0.7 * size : 0, behavior: "smooth" });
    across.addEventListener("click", () => go("left", across.textContent.endsWith("\u2192"), box.clientWidth));
    down.addEventListener("click", () => go("top", down.textContent.endsWith("\u2193"), box.clientHeight));
    box.addEventListener("scroll", update, { passive: true });
    return update;
  }

  function fit(table) {
    const box = table.closest(".scroll");
    const update = sayWhatIsHidden(table, box);
    new ResizeObserver(() => {
      if (box.classList.contains("even")) levelRows(table);
      keepLeading(table, box);
      update();
    }).observe(box);
  }

  for (const table of document.querySelectorAll("table")) {
    if (table.tBodies[0].rows.length > 1) makeSortable(table);
    fit(table);
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
