"""The resource of all steps: the build file of one home, held by one run from its first to its last step."""

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TYPE_CHECKING

import dagster as dg

from pipelines.settings import Settings

if TYPE_CHECKING:
    from pipelines.contracts.schema import Contract
    from pipelines.modelling.build import Build
    from pipelines.modelling.checks import Check
    from warehouse.publications import Publication


class Home:
    """A home that is being refreshed. Whoever makes one holds the lock of `modelling.refresh.refreshing`."""

    def __init__(
        self, settings: Settings, build: "Build | None" = None, on_step: Callable[[], None] | None = None
    ) -> None:
        """Of a home.

        Args:
            settings: Of the home.
            build: The build file, when the inbox was taken in and what is pending was found before the run began.
            on_step: Told at the end of each step.
        """
        self.settings = settings
        self.is_prepared = build is not None
        self.offences: list[str] = []
        """What the checks of this run found, in Chinese."""
        self._build = build
        self._on_step = on_step
        self._passed: set[tuple[str, str | None]] = set()

    @property
    def build(self) -> "Build":
        """The build file, with the submissions as they were when this run first asked for it."""
        from pipelines.modelling.build import Build

        if self._build is None:
            self._build = Build(self.settings)
        return self._build

    def take_in(self) -> None:
        """Take the inbox in and find what is pending, unless that was done before the run began."""
        from pipelines.intake.inbox import take_inbox

        if not self.is_prepared:
            take_inbox(self.settings)
            self._build = None
            self.build.prepare()
            self.is_prepared = True

    def done(self) -> None:
        """Say that a step is at its end."""
        if self._on_step:
            self._on_step()

    def count(self, table: str) -> int:
        """How many rows a table of the build file has."""
        with self.build.open() as con:
            return int(con.table(table).count("*").fetchall()[0][0])

    def check(self, name: str, asset: dg.AssetKey, export: str | None = None) -> dg.AssetCheckResult:
        """Run a check, of all exports or of one; what passes is not run again in this run."""
        contracts = self.build.contracts
        result = self._run(name, {export: contracts[export]} if export else contracts)
        if result.passed:
            self._passed.add((name, export))
        return self._told(name, asset, result.truth, list(result.offences))

    def check_all(self, name: str, asset: dg.AssetKey) -> dg.AssetCheckResult:
        """Run every check that has not passed in this run; told as the check of that name.

        A run that began where another was refused has not passed the steps whose checks failed.
        """
        from pipelines.modelling.checks import CHECKS

        offences: list[str] = []
        for check in CHECKS:
            left = {e: c for e, c in self.build.contracts.items() if (check, e) not in self._passed}
            if left and (check, None) not in self._passed:
                offences += self._run(check, left).offences
        return self._told(name, asset, "Every check holds, and all that is to be published is there.", offences)

    def publish(self) -> "Publication":
        """Publish the build file, and delete the originals whose time is over."""
        from pipelines.modelling.refresh import forget_originals, publish

        published = publish(self.settings, self.build)
        forget_originals(self.settings, self.build)
        return published

    def _run(self, name: str, contracts: "Mapping[str, Contract]") -> "Check":
        from pipelines.modelling.checks import run_check

        with self.build.open() as con:
            return run_check(con, name, contracts)

    def _told(self, name: str, asset: dg.AssetKey, truth: str, offences: list[str]) -> dg.AssetCheckResult:
        self.offences += offences
        return dg.AssetCheckResult(
            asset_key=asset,
            check_name=name,
            passed=not offences,
            description=truth,
            metadata={"offences": dg.MetadataValue.json(offences)} if offences else None,
        )


_held: ContextVar[Home | None] = ContextVar("held", default=None)


@contextmanager
def held(home: Home) -> Iterator[None]:
    """Have runs in this process work on a home whose lock the caller holds."""
    token = _held.set(home)
    try:
        yield
    finally:
        _held.reset(token)


@dg.resource(description="The home that the environment names; one run at a time holds it.")
def home(context: dg.InitResourceContext) -> Iterator[Home]:
    """The home held in this process; else wait until nobody refreshes it, and hold it until the run ends."""
    from pipelines.modelling.refresh import refreshing

    given = _held.get()
    if given is not None:
        yield given
        return
    settings = Settings()
    with refreshing(settings):
        yield Home(settings)


@dg.definitions
def defs() -> dg.Definitions:
    """The resource, and the executor of all runs: steps share one writer, and a process per step would cost seconds."""
    return dg.Definitions(resources={"home": home}, executor=dg.in_process_executor)
