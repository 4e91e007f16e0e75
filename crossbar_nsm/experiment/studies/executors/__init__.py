"""Where trials run: in this process, in several, or on a Dask cluster. Each takes trials one by one, when it has room
for them, and gives (trial, outcome) as they end, in any order."""
