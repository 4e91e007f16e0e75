"""What is given, looked at before anything is done with it: arguments of functions, arrays of files, memory; whether
two objects hold the same."""
