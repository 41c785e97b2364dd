"""What Locust runs: `locust -f loadtest/locustfile.py --scenario mixed --host http://127.0.0.1:8080`.

Owns a run: makes the sale when it starts, collects what people were told from all workers, and audits when it stops,
also when it is stopped by a signal. A broken invariant ends Locust with exit code 3.
"""

from __future__ import annotations

import json
import logging
import time
from pathlib import Path
from threading import Event
from typing import Any

import gevent
from locust import events
from locust.argument_parser import LocustArgumentParser
from locust.env import Environment
from locust.exception import StopTest
from locust.rpc.protocol import Message
from locust.runners import STATE_RUNNING, STATE_SPAWNING, MasterRunner, WorkerRunner

from crowd.api import Api, ApiFault
from crowd.audit import Asked, Findings, audit
from crowd.book import Book
from crowd.people import Ground, ground_of
from crowd.scenarios import SCENARIOS
from loadtest.load.visitor import Scene, Visitor
from loadtest.stage import Wanted, make_stage

NO_SALE = 1
BROKEN = 3
LOBBY_S = 3  # after the last one came
LAST_REPORTS_S = 4.0
AUDIT_S_MAX = 120.0
STOP_S_MORE = 10.0
AT_WORK = (STATE_RUNNING, STATE_SPAWNING)

log = logging.getLogger("aforo")


class Person(Visitor):
    """Somebody who wants tickets."""


class Run:
    """What the process that directs the run knows."""

    def __init__(self) -> None:
        self.book = Book()
        self.audits: list[Findings] = []
        self.audited = Event()  # gevent's, as Locust replaces it
        self.audited.set()


RUN = Run()


def add_options(parser: LocustArgumentParser) -> None:
    parser.add_argument("--scenario", choices=[*SCENARIOS], default="mixed", env_var="AFORO_LOAD_SCENARIO")
    parser.add_argument("--sale", default="", help="A sale that exists; else one is made for the run")
    parser.add_argument("--seats", type=int, default=20_000, help="Seats of the sale that is made")
    parser.add_argument("--seed", type=int, default=1, help="The same seed, the same people")
    parser.add_argument("--think", type=float, default=1.0, help="Pauses of people times this")
    parser.add_argument("--api-key", default="", env_var="AFORO_API_KEY", is_secret=True, help="Of the organizer")
    parser.add_argument("--data-dir", default="", help="Of `aforo up` on this machine: lets `aforo verify` run")
    parser.add_argument("--ground", default="", include_in_web_ui=False, help="What the workers are told of the sale")


def set_clock(**_: Any) -> None:
    """The loop's clock stands still while modules are imported, and a time limit counted from then is over too soon."""
    gevent.get_hub().loop.update_now()


def prepare(environment: Environment, **_: Any) -> None:
    """The one who directs makes the sale; workers are told of it with the other options."""
    options: Any = environment.parsed_options
    directs = not isinstance(environment.runner, WorkerRunner)
    host = environment.host or ""
    scenario = SCENARIOS[options.scenario]
    if directs:
        api = Api(host, options.api_key)
        wanted = wanted_of(environment)
        try:
            ground = ground_of(api, options.sale) if options.sale else make_stage(api, scenario, wanted)
        except ApiFault as fault:
            log.error("there is no sale to test: %s", fault)
            environment.process_exit_code = NO_SALE
            raise StopTest from fault
        options.ground = json.dumps(ground.wire())
        RUN.book = Book()
    scene = Scene(
        scenario,
        Ground.of_wire(json.loads(options.ground)),
        Api(host),
        seed=options.seed,
        haste=options.think,
        worker=getattr(environment.runner, "worker_index", 0),
    )
    Visitor.scene = scene
    if directs:
        log.info("the sale of this run is %s, its seed is %d", scene.ground.sale, options.seed)


def wanted_of(environment: Environment) -> Wanted:
    """A lobby waits until everybody has come."""
    options: Any = environment.parsed_options
    runner: Any = environment.runner
    persons = runner.target_user_count or options.num_users or 1
    per_s = getattr(runner, "spawn_rate", None) or options.spawn_rate or 1
    lobby_s = LOBBY_S + int(persons / per_s) if SCENARIOS[options.scenario].lobby else 0
    return Wanted(persons, options.seats, lobby_s)


def hand_in(data: dict[str, Any], **_: Any) -> None:
    scene = getattr(Visitor, "scene", None)
    if scene is not None:
        data["book"] = scene.book.take()


def take_in(data: dict[str, Any], **_: Any) -> None:
    if "book" in data:
        RUN.book.add(data["book"])


def look_back(environment: Environment, **_: Any) -> None:
    if isinstance(environment.runner, WorkerRunner):
        return
    RUN.audited.clear()
    try:
        audit_run(environment)
    finally:
        RUN.audited.set()


def end_workers(runner: MasterRunner, seconds_max: float) -> None:
    """A master that quits tells its workers only afterwards: their people would still buy while we look."""
    message: Any = Message
    for client in runner.clients.all:
        if client.state in AT_WORK:
            runner.server.send_to_client(message("quit", None, client.id))
    until = time.monotonic() + seconds_max + STOP_S_MORE
    while any(each.state in AT_WORK for each in runner.clients.all) and time.monotonic() < until:
        time.sleep(0.1)


def audit_run(environment: Environment) -> None:
    """A sale that was there before the run may have other buyers, so its counters are not compared."""
    if isinstance(environment.runner, MasterRunner):
        end_workers(environment.runner, environment.stop_timeout or 0)
        time.sleep(LAST_REPORTS_S)
    scene: Scene | None = getattr(Visitor, "scene", None)
    if scene is None:
        return
    RUN.book.add(scene.book.take())
    options: Any = environment.parsed_options
    asked = Asked(
        Api(environment.host or "", options.api_key),
        scene.ground,
        RUN.book,
        whole=not options.sale,
        data_dir=Path(options.data_dir) if options.data_dir else None,
    )
    found = audit(asked)
    RUN.audits.append(found)
    seen = ", ".join(f"{count} {name}" for name, count in found.seen.items())
    log.info("audit of %s (%s): %s", scene.ground.sale, seen, "BROKEN" if found.wrong else "all is as it was told")
    for each in found.wrong:
        log.error("audit: %s", each)
    for each in found.unseen:
        log.warning("audit: %s", each)


def judge(environment: Environment, **_: Any) -> None:
    """A signal ends Locust in the middle of a run, or of its audit: both come to their end before the exit code."""
    if environment.runner is not None and not isinstance(environment.runner, WorkerRunner):
        environment.runner.stop()
        RUN.audited.wait(AUDIT_S_MAX)
    if any(found.wrong for found in RUN.audits):
        environment.process_exit_code = BROKEN


HOOKS: Any = events
HOOKS.init_command_line_parser.add_listener(add_options)
HOOKS.test_start.add_listener(prepare)
HOOKS.report_to_master.add_listener(hand_in)
HOOKS.worker_report.add_listener(take_in)
HOOKS.init.add_listener(set_clock)
HOOKS.test_stop.add_listener(look_back)
HOOKS.quitting.add_listener(judge)
