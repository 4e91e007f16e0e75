"""The connection to a Dask scheduler, and what is said when none answers."""

from __future__ import annotations

import asyncio
import logging
import re
import socket
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any

from device_models.errors import CrossbarError, explained_by
from device_models.imports import uninterrupted

if TYPE_CHECKING:
    from distributed import Client

ADDRESS = re.compile(r"((tcp|tls|ws|wss)://)?(?P<host>[^\s/:]+|\[[0-9a-f:]+\]):(?P<port>\d{1,5})")
CONNECT_S = 4.0
LOGGERS = ("distributed", "distributed.client", "distributed.core", "distributed.comm", "tornado",
           "tornado.application", "asyncio")  # fmt: skip


@contextmanager
def connected(address: str) -> Iterator[Client]:
    """A client of the scheduler at `address`; raises CrossbarError when none answers there."""
    with explained_by("run_on_a_cluster"), _prepared(address):
        from distributed import Client

        with _answering(address):
            client = Client(address, timeout=CONNECT_S, set_as_default=False)
        try:
            yield client
        finally:
            with suppress(Exception):  # of a scheduler that is lost: said already
                client.close(timeout=CONNECT_S)


def check_scheduler(address: str) -> None:
    """Raises CrossbarError unless a Dask scheduler answers at `address`."""
    with explained_by("run_on_a_cluster"), _prepared(address):
        pass


@contextmanager
def _prepared(address: str) -> Iterator[None]:
    """Dask quiet and quick to give up, with a scheduler that answers."""
    host, port = host_and_port(address)
    try:
        with uninterrupted():
            import dask
            import distributed  # noqa: F401
    except ImportError:
        raise CrossbarError("a cluster needs the package distributed: pip install 'crossbar-nsm[cluster]'") from None
    timeouts: Any = {"distributed.comm.timeouts.connect": CONNECT_S}
    with _silent(LOGGERS), dask.config.set(timeouts):
        with _answering(address):
            socket.create_connection((host, port), CONNECT_S).close()  # Dask would go on asking who refuses
            kind = _kind(address)
        if kind != "Scheduler":
            raise CrossbarError(f"cluster {address}: is the address of a Dask {kind.lower()}, not of its scheduler")
        yield


@contextmanager
def _answering(address: str) -> Iterator[None]:
    try:
        yield
    except Exception as error:  # of many kinds: a name that is unknown, no listener, another protocol
        raise CrossbarError(
            f"cluster {address}: no Dask scheduler answers there ({str(error) or 'it is silent'}); start one with "
            "`dask scheduler`, which prints its address"
        ) from None


@explained_by("run_on_a_cluster")
def host_and_port(address: str) -> tuple[str, int]:
    """Raises CrossbarError for what is no address."""
    parts = ADDRESS.fullmatch(address)
    if parts is None or int(parts["port"]) > 65535:
        raise CrossbarError(f"cluster {address!r}: expected the address of a Dask scheduler, such as tcp://host:8786")
    return parts["host"].strip("[]"), int(parts["port"])


def _kind(address: str) -> str:
    """What listens there: a "Scheduler", it is hoped. Asked in a thread, as a notebook has an event loop of its own."""
    from distributed.core import rpc

    async def ask() -> str:
        async with rpc(address, timeout=CONNECT_S) as there:
            return str((await there.identity())["type"])

    async def ask_in_time() -> str:
        return await asyncio.wait_for(ask(), CONNECT_S)

    with ThreadPoolExecutor(1) as thread:
        return thread.submit(asyncio.run, ask_in_time()).result()


@contextmanager
def _silent(names: Iterable[str]) -> Iterator[None]:
    """Errors are told in one line of ours; the loggers of Dask would add a traceback to it."""
    loggers = [logging.getLogger(name) for name in names]
    levels = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL + 1)
    try:
        yield
    finally:
        for logger, level in zip(loggers, levels, strict=True):
            logger.setLevel(level)
