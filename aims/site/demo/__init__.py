"""The demo: two invented organisations, loaded through the same actions as everything else."""
