"""The settings of one Guben home. The only module that reads the environment.

Every setting is an environment variable `GUBEN_<NAME>`; docs/settings.md explains each.
"""

from functools import cached_property
from pathlib import Path

from pydantic import Field, field_validator
from pydantic_settings import BaseSettings, SettingsConfigDict

ROOT = Path(__file__).resolve().parents[1]


class Settings(BaseSettings):
    """Where things are, and the limits on what comes from outside."""

    model_config = SettingsConfigDict(env_prefix="GUBEN_", frozen=True)

    home: Path = Field(Path("data"), description="Folder that holds all state: inbox, lake, publications, keys.")
    contracts_dir: Path = Field(ROOT / "pipelines" / "contracts", description="Folder of the export contracts (YAML).")
    sql_dir: Path = Field(ROOT / "sql", description="Folder of the models, indicators, assessments and saved queries.")
    retention_days: int = Field(180, ge=0, description="Days after receipt at which sealed originals are deleted.")
    keep_publications: int = Field(10, ge=2, description="Publications kept; older ones are deleted after a refresh.")
    max_file_mb: int = Field(50, gt=0, description="Largest file taken in, in MB.")
    max_unpacked_mb: int = Field(1024, gt=0, description="Largest unpacked size of a workbook, in MB.")
    max_rows: int = Field(2_000_000, gt=0, description="Most rows taken from one file.")
    reader_seconds: int = Field(30, gt=0, description="Seconds a file may take to be read.")
    reader_memory_mb: int = Field(4096, gt=0, description="Memory the reading process may use, in MB.")
    readers: int = Field(2, gt=0, description="Reading processes at work side by side.")
    query_seconds: int = Field(10, gt=0, description="Seconds a query on the page 查询 may take.")
    query_rows: int = Field(10_000, gt=0, description="Rows a query on the page 查询 shows.")
    query_memory_mb: int = Field(1024, gt=0, description="Memory a query on the page 查询 may use, in MB.")
    host: str = Field("127.0.0.1", description="Address the servers listen on.")
    port: int = Field(8501, gt=0, lt=65536, description="Port of the dashboards; taken: the next free one.")
    dagster_port: int = Field(3000, gt=0, lt=65536, description="Port of Dagster; taken: the next free one.")

    @field_validator("home", "contracts_dir", "sql_dir")
    @classmethod
    def _absolute(cls, value: Path) -> Path:
        return value.expanduser().resolve()

    @cached_property
    def inbox(self) -> Path:
        """Where departments drop files for the next refresh."""
        return self.home / "inbox"

    @cached_property
    def dagster_home(self) -> Path:
        """Storage of Dagster's runs, events and schedules."""
        return self.home / "dagster"
