"""./run test: the suite on throw-away servers, as the restricted database role."""

from aims.launch.chromium import browser_environment
from aims.launch.places import Place, lasting_place
from aims.launch.processes import run_child
from aims.launch.services import python, throwaway_services

ALONE = (
    "-n",
    "--numprocesses",
    "--dist",
    "--pdb",
    "--trace",
    "-s",
    "--collect-only",
    "--co",
)


def test(arguments: list[str]) -> int:
    browser = browser_environment(lasting_place().state / "browsers", needed=reaches_browser(arguments))
    with throwaway_services("test") as services:
        environment = services.environment | browser
        environment |= {"DJANGO_ALLOW_ASYNC_UNSAFE": "true"}  # Playwright's sync API beside the ORM
        environment |= outliving(lasting_place())
        environment.pop("PYTHONDONTWRITEBYTECODE", None)  # said of the checkout, where none is written
        return run_child(python("-m", "pytest", *parallel(arguments), *arguments), environment)


def outliving(place: Place) -> dict[str, str]:
    """What the next run need not work out again: what migrating said to the server, and the compiled modules."""
    return {"AIMS_MIGRATED": str(place.state / "migrated"), "PYTHONPYCACHEPREFIX": str(place.state / "compiled")}


def parallel(arguments: list[str]) -> list[str]:
    """Two processes that take work off each other, unless the arguments say otherwise or need the terminal."""
    if any(argument.startswith(option) for argument in arguments for option in ALONE):
        return []
    return ["-n", "2", "--dist", "worksteal"]


def reaches_browser(arguments: list[str]) -> bool:
    """Whether the chosen tests can include browser tests: no path means all of them."""
    paths = [argument for argument in arguments if argument.startswith("tests") or argument.endswith(".py")]
    return not paths or any("browser" in path or path.rstrip("/") == "tests" for path in paths)
