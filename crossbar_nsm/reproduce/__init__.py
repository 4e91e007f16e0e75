"""The paper's tables and figures, trained and measured here: `crossbar-nsm reproduce NAME`.

`mlp.yaml` says which networks are trained and how; one module holds each study, `catalogue` finds it by name.
"""
