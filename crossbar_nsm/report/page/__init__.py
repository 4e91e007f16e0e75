"""One self-contained HTML file: sections of text, tables and figures (`parts`, `table`), and how they become a page
(`rendering`, with `page.html`, `page.css` and `page.js` beside it)."""
