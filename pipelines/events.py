"""Dagster's event log in SQLite, with all events of a batch in one transaction. Named in dagster.yaml.

A range of months is one materialization event per asset and month: hundreds in a full build. Dagster's own SQLite
storage makes an engine, compiles its statements and commits three times for each; this one keeps its engines, and
commits once for a batch. What is stored, and where, is the same.
"""

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, Self

from dagster import EventLogEntry
from dagster._core.events import ASSET_EVENTS
from dagster._core.storage.event_log import SqliteEventLogStorage
from dagster._serdes import ConfigurableClassData
from sqlalchemy import Connection, Engine, NullPool, create_engine

BUSY_SECONDS = 60
"""How long to wait for another process that writes."""


class BatchedEvents(SqliteEventLogStorage):
    """Dagster's SQLite event log; see the module."""

    def __init__(self, base_dir: str, inst_data: ConfigurableClassData | None = None) -> None:
        self._engines: dict[str, Engine] = {}
        super().__init__(base_dir, inst_data)

    @contextmanager
    def _connect(self, shard: str) -> Iterator[Connection]:
        with self._db_lock:
            if shard not in self._engines:
                self._engines[shard] = create_engine(
                    self.conn_string_for_shard(shard), poolclass=NullPool, connect_args={"timeout": BUSY_SECONDS}
                )
            engine = self._engines[shard]
            if shard not in self._initialized_dbs:
                self._initdb(engine)
                self._initialized_dbs.add(shard)
            with engine.begin() as connection:
                yield connection

    @classmethod
    def from_config_value(cls, inst_data: ConfigurableClassData | None, config_value: Mapping[str, Any]) -> Self:
        """Make it from what dagster.yaml says."""
        return cls(inst_data=inst_data, **config_value)

    def store_event_batch(self, events: Sequence[EventLogEntry]) -> None:
        """Store events of one run: in the run's own file, and those of assets mirrored in the index of all runs."""
        of_assets = [event for event in events if event.dagster_event_type in ASSET_EVENTS]
        if of_assets:
            self._store_together(of_assets)
        for event in events:
            if event.dagster_event_type not in ASSET_EVENTS:
                self.store_event(event)

    def _store_together(self, events: Sequence[EventLogEntry]) -> None:
        statements = [self.prepare_insert_event(event) for event in events]
        with self.run_connection(events[0].run_id) as connection:
            for statement in statements:
                connection.execute(statement)
        with self.index_transaction() as connection:
            keys = [connection.execute(statement).inserted_primary_key for statement in statements]
            ids = [key[0] for key in keys if key is not None]
            self._store_asset_event_tags(connection, events, ids)
            # The row of an asset says what happened to it last.
            last = {
                (e.dagster_event_type, e.dagster_event and e.dagster_event.asset_key): n for n, e in enumerate(events)
            }
            for number in last.values():
                self._store_asset_event(connection, events[number], ids[number])
