"""What stands behind ./run: setting up a machine, the embedded servers, the demo, tests and checks."""
