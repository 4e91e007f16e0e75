"""What is said of networks and how sure it is: metrics, means over chips, intervals, tests of differences and of
equivalence, AUROC."""
