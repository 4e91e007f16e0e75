"""One module per training method; `catalogue` finds it by name.

NSM units (nsm, nsm_ste, nsm_binconcrete) differ in their gradient alone; the others are the networks that the paper
compares with. Their settings are in `crossbar_nsm.nsm.methods.config`.
"""
