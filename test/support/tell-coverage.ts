// Loaded into a server of the tests ahead of its program: at a signal it ends at once, and Node writes down what ran of it.
// The program's own way to end waits for callers and jobs, and is tested elsewhere.

process.once('SIGUSR2', () => process.exit(0))
