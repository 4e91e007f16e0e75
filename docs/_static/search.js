/* Excerpts below what a search finds are fetched from the pages, which browsers forbid to pages opened as files. */
DOCUMENTATION_OPTIONS.SHOW_SEARCH_SUMMARY = location.protocol !== "file:";
