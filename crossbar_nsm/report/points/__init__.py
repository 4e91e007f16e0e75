"""Points of a study as tables and figures show them: what was swept (`swept_parameter`), points in words (`words`), in
groups (`groups`), a few of them as examples (`examples`), with error and NLL (`measures`)."""
