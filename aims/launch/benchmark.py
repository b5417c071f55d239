"""./run bench: measurements on servers of their own, migrated and empty."""

from aims.launch.demo import run_step
from aims.launch.messages import say
from aims.launch.processes import run_child
from aims.launch.services import manage, throwaway_services

# Room for a million rows; the same for ours and for the baselines, which run on the same server.
SETTINGS = {
    "shared_buffers": "512MB",
    "maintenance_work_mem": "256MB",
    "max_wal_size": "4GB",
    "work_mem": "16MB",
}


def bench(arguments: list[str]) -> int:
    with throwaway_services("bench", SETTINGS) as services:
        say("measuring on a throw-away PostgreSQL; fsync is off for ours and for the baselines alike")
        run_step(services, "migrate", "--no-input", "--verbosity", "0")
        return run_child(manage("bench", *arguments), services.environment)
