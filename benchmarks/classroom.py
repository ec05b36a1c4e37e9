"""A class on one server: its memory, its cores, and how long students wait.

    python benchmarks/classroom.py [--students 10 30 100] [--processes 1] [--json FILE]

A fresh server is started for each class. The students open Play within ten seconds and then drag
a slider for a second or two, release it and look for two to six seconds, again and again, for a
minute (``benchmarks/student.py``). With ``--proxy``, and with more than one process, nginx with
``hosting/nginx.conf`` stands before the server. The students are one process of this machine and
take from the same cores: a server of its own is faster. Memory is the proportional set size of all
processes of the server (on other systems than Linux, the resident size, which counts shared memory
several times).
"""

from __future__ import annotations

import argparse
import asyncio
import random
import statistics
import sys
import tempfile
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import AsyncExitStack, ExitStack, contextmanager
from pathlib import Path

import psutil

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT))

from benchmarks.report import Goal, Result, finish, parser  # noqa: E402
from benchmarks.student import Notes, Student, lesson  # noqa: E402
from scripts.behind_nginx import NAME, behind_nginx, settings  # noqa: E402
from scripts.served import APP, free_port, started, stopped  # noqa: E402

STUDENTS = (10, 30, 100)
ARRIVAL, LESSON, GETTING_READY = 10.0, 70.0, 40.0
"""Seconds in which a class arrives; of a lesson; and after which an idle server has loaded torch
and every network."""

MOVES, ROUNDS = 50, 20
"""Live requests of one drag, and drags, where one student is alone."""

ALONE = "one student alone: processor time of the server"
CASE = "{} students, {} process{}{}"
GOALS = [
    Goal(CASE.format(10, 1, "", ""), "answer, median", 30.0),
    Goal(CASE.format(30, 1, "", ""), "sessions refused", 0.0),
    Goal(CASE.format(100, 1, "", ""), "sessions refused", 0.0),
]


class Watched:
    """Memory and processor time of processes and their children while a class is there."""

    def __init__(self, pids: Sequence[int]) -> None:
        self._roots = [psutil.Process(pid) for pid in pids]
        self.highest = self.before = self.memory()
        self._began, self._spent = time.monotonic(), self.processor()
        self.cores = 0.0

    def _all(self) -> Iterator[psutil.Process]:
        for root in self._roots:
            yield root
            yield from root.children(recursive=True)

    def memory(self) -> float:
        """Megabytes of all of them together."""
        total = 0.0
        for process in self._all():
            try:
                found = process.memory_full_info()
            except psutil.Error:  # a process that decodes uploads may just have ended
                continue
            total += float(getattr(found, "pss", found.rss))
        return total / 2**20

    def processor(self) -> float:
        """Seconds that all of them together have spent on the processor."""
        spent = (process.cpu_times() for process in self._all())
        return float(sum(one.user + one.system for one in spent))

    @contextmanager
    def watching(self) -> Iterator[None]:
        """Look every second while the block runs."""
        over = threading.Event()

        def look() -> None:
            while not over.wait(1.0):
                self.highest = max(self.highest, self.memory())

        thread = threading.Thread(target=look, daemon=True)
        thread.start()
        try:
            yield
        finally:
            over.set()
            thread.join()
            self.highest = max(self.highest, self.memory())
            self.cores = (self.processor() - self._spent) / (time.monotonic() - self._began)


@contextmanager
def servers(processes: int, proxy: bool) -> Iterator[tuple[str, int, list[int]]]:
    """Start the app; yield its address, the port to connect to and the processes' numbers."""
    with ExitStack() as running, tempfile.TemporaryDirectory() as folder:
        port = free_port()
        address = f"https://{NAME}:{port}/stn/"
        options = {"STNVIZ_READONLY": "1", "OMP_NUM_THREADS": "1"}
        if proxy:
            options = settings(STREAMLIT_SERVER_CORS_ALLOWED_ORIGINS=address[: -len("/stn/")])
        ports, pids = [], []
        for _ in range(processes):
            server, own = started(APP, log=None, **options)
            running.callback(stopped, server)
            ports.append(own)
            pids.append(server.pid)
        if proxy:
            running.enter_context(behind_nginx(ports, Path(folder), port, free_port()))
        else:
            address, port = f"http://127.0.0.1:{ports[0]}/", ports[0]
        yield address, port, pids


def measured(case: str, notes: Notes, watched: Watched, count: int) -> list[Result]:
    """The table of one class."""

    def times(name: str, taken: Sequence[float]) -> list[Result]:
        if len(taken) < 2:
            return []
        middle, late = statistics.median(taken), statistics.quantiles(taken, n=20)[-1]
        return [
            Result(case, f"{name}, median", middle * 1e3, "ms", middle),
            Result(case, f"{name}, p95", late * 1e3, "ms", late),
        ]

    grown = (watched.highest - watched.before) / count
    return [
        Result(case, "memory before the class", watched.before, "MB", 0),
        Result(case, "memory at most", watched.highest, "MB", 0),
        Result(case, "memory of a student", grown, "MB", 0),
        Result(case, "cores in use", watched.cores, "", 0),
        Result(case, "sessions refused", len(notes.refused), "", 0),
        *times("page opened", notes.opened),
        *times("answer", notes.answers),
        Result(case, "answers of a second", len(notes.answers) / LESSON, "", 0),
        *times("page after a release", notes.runs),
    ]


async def costs(address: str, port: int, watched: Watched, rounds: int) -> list[Result]:
    """What one student who is alone costs the server: milliseconds on the processor."""
    spent: dict[str, float] = dict.fromkeys(("page opened", "answer", "page after a release"), 0)

    @contextmanager
    def spending(name: str) -> Iterator[None]:
        before = watched.processor()
        yield
        spent[name] += watched.processor() - before

    for number in range(rounds + 1):
        student = Student(address, port, Notes(), random.Random(number))
        async with AsyncExitStack() as lines:
            with spending("page opened"):
                page, live = await lines.enter_async_context(student.opened())
            with spending("answer"):
                for _ in range(MOVES):
                    await student.ask(live)
            with spending("page after a release"):
                await student.release(page)
        if not number:  # the first one warms up
            spent = dict.fromkeys(spent, 0)
    counts = {"page opened": rounds, "answer": rounds * MOVES, "page after a release": rounds}
    return [
        Result(ALONE, name, 1e3 * seconds / counts[name], "ms", seconds / counts[name])
        for name, seconds in spent.items()
    ]


def taught(count: int, processes: int, proxy: bool, smoke: bool) -> list[Result]:
    """Start servers, and measure one class."""
    where = ", behind nginx" if proxy else ""
    case = CASE.format(count, processes, "es" if processes > 1 else "", where)
    arrival, seconds = (0.5, 8.0) if smoke else (ARRIVAL, LESSON)
    with servers(processes, proxy) as (address, port, pids):
        time.sleep(1 if smoke else GETTING_READY)
        alone: list[Result] = []
        if smoke or count == min(STUDENTS):
            alone = asyncio.run(costs(address, port, Watched(pids), 2 if smoke else ROUNDS))
        watched = Watched(pids)
        with watched.watching():
            notes = asyncio.run(lesson(address, port, count, arrival, seconds))
    for sentence in sorted(set(notes.refused)):
        print(f"Refused {notes.refused.count(sentence)} times: {sentence}", file=sys.stderr)
    return alone + measured(case, notes, watched, count)


def options() -> argparse.Namespace:
    """The command line."""
    own = parser(__doc__ or "")
    own.add_argument("--students", type=int, nargs="+", default=STUDENTS, help="sizes of classes")
    own.add_argument("--processes", type=int, default=1, help="processes of the server")
    own.add_argument("--proxy", action="store_true", help="behind nginx with one process, too")
    return own.parse_args()


def main() -> int:
    """Measure, report, and compare with the goals."""
    chosen = options()
    proxy = chosen.proxy or chosen.processes > 1
    results: list[Result] = []
    for count in [2] if chosen.smoke else chosen.students:
        results += taught(count, chosen.processes, proxy, chosen.smoke)
    return finish(chosen, results, GOALS if chosen.students == STUDENTS and not proxy else ())


if __name__ == "__main__":
    sys.exit(main())
