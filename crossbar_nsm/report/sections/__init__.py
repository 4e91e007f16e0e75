"""Sections of the report of a study, one file for each group of questions; `crossbar_nsm.report.study_page` puts them
in order."""
