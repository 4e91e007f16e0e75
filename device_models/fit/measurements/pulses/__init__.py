"""Pulse responses as laboratories write them: conductance after each of a train of pulses up or down.

`words` says which columns are of pulses, `trains` reads them.
"""
