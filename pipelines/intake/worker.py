"""The child process that judges files: takes lists of tasks from a pipe, answers with drafts, under a limit of memory.

Also makes of a judged file the workbook that is handed back.

Run as `python -m pipelines.intake.worker FD FOLDER MEMORY_MB UNPACKED_MB ROWS THREADS`. Whatever a file does to it - an
abort deep in a parser, a panic, no memory - happens here and not to the process that receives.
"""

import os
import resource
import sys
import traceback
from dataclasses import replace
from multiprocessing.connection import Connection
from pathlib import Path

UNREADABLE = "文件无法读取：内容或格式异常。请用表格软件打开，只保留数据区域，另存为新的 .xlsx 文件后再报送。"


def main() -> None:
    """Answer tasks until the pipe is closed."""
    fd, folder, memory_mb, unpacked_mb, rows, threads = sys.argv[1:]
    limit = int(memory_mb) * 2**20
    resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))
    os.environ["POLARS_MAX_THREADS"] = threads

    from pipelines.contracts.schema import load_contracts  # noqa: PLC0415 - Polars reads its settings when imported
    from pipelines.intake.annotate import annotated  # noqa: PLC0415
    from pipelines.intake.draft import Draft, Marking  # noqa: PLC0415
    from pipelines.intake.judge import Judge  # noqa: PLC0415
    from pipelines.intake.read import Limits  # noqa: PLC0415
    from pipelines.intake.register import Register  # noqa: PLC0415

    limits = Limits(int(unpacked_mb) * 2**20, int(rows))
    judge = Judge(load_contracts(Path(folder)), limits)
    register = Register()
    with Connection(int(fd)) as pipe:
        while True:
            try:
                message = pipe.recv()
            except EOFError:
                return
            if isinstance(message, Register):
                register = message
                continue
            try:
                if isinstance(message, Marking):
                    answer: object = (annotated(message, limits), "")
                else:
                    drafts = judge.drafts([replace(task, register=register) for task in message])
                    answer = [(draft, "") for draft in drafts]
            except (KeyboardInterrupt, SystemExit):
                return
            except BaseException as error:  # A panic of the parser is no Exception.
                if isinstance(message, Marking):
                    answer = (None, _place(error))
                else:
                    answer = [(Draft(refusal=UNREADABLE), _place(error))] if len(message) == 1 else []
            pipe.send(answer)


def _place(error: BaseException) -> str:
    """What went wrong and where in this package, for the log: no message, since that may quote cells."""
    frames = [frame for frame in traceback.extract_tb(error.__traceback__) if "intake" in frame.filename]
    return f"{type(error).__name__} at {Path(frames[-1].filename).name}:{frames[-1].lineno}" if frames else "unknown"


if __name__ == "__main__":
    main()
