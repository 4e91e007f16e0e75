"""Training of a network.

Modules: `config`, `data` (images and what is seen of them), `optimisation` (Adam, its learning rate, the running mean),
`validation`, `hardware` (in the loop), `state` (what a stopped run goes on from), `trainer` (all together).
"""
