"""What is said of networks and how sure it is: metrics, intervals, tests of differences and of equivalence, AUROC."""
