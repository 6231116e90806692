"""Conversations in progress: threads that send turn after turn through a proxy.

    with Load(port, sessions) as load:
        before = load.lap()        # session -> host, of turns that all began after the call
        ...
        after = load.lap()
    load.lost                      # what was not answered with 200, and why

A client does not try again: what its proxy loses is lost.
"""

import collections
import socket
import threading

from harness import PATIENCE_S, Wire

THREADS = 6
LARGE_EVERY = 20     # one conversation in so many has long prompts
LARGE_BYTES = 60000  # several times what HAProxy's buffers hold unless told otherwise


def prompt_of(number):
    return "word " * (LARGE_BYTES // 5) if number % LARGE_EVERY == 0 else "What is a monad?"


class Load:
    def __init__(self, port, sessions):
        self.port = port
        self.lost = []
        self.answered = 0
        self.hosts = collections.defaultdict(set)  # that ever served a session
        self.latest = {}
        self.stopping = False
        self.turned = threading.Condition()
        self.laps = [0] * THREADS
        numbered = list(enumerate(sessions))
        self.threads = [threading.Thread(target=self._run, args=(i, numbered[i::THREADS]),
                                         daemon=True) for i in range(THREADS)]

    def __enter__(self):
        for thread in self.threads:
            thread.start()
        return self

    def __exit__(self, *exception):
        self.stopping = True
        for thread in self.threads:
            thread.join(PATIENCE_S)
        if any(thread.is_alive() for thread in self.threads):
            raise AssertionError("the load does not end")

    def lap(self):
        """Two laps end meanwhile, so that all of the second is of after the call."""
        with self.turned:
            wanted = [count + 2 for count in self.laps]
            if not self.turned.wait_for(
                    lambda: all(a >= b for a, b in zip(self.laps, wanted)), 2 * PATIENCE_S):
                raise AssertionError(f"the load stands still; lost: {self.lost[:3]}")
            return dict(self.latest)

    def _run(self, index, conversations):
        wire = None
        while not self.stopping:
            for number, session in conversations:
                try:
                    wire = wire or self._connect()
                    wire = self._turn(wire, number, session)
                except Exception as error:  # whatever it is, a request was lost by it
                    self.lost.append((session, repr(error)))
                    wire = None
            with self.turned:
                self.laps[index] += 1
                self.turned.notify_all()
        if wire:
            wire.raw.close()

    def _connect(self):
        return Wire(socket.create_connection(("127.0.0.1", self.port), PATIENCE_S))

    def _turn(self, wire, number, session):
        """The connection for the next turn, None where this one is at its end."""
        body = {"prompt": prompt_of(number), "routing": {"session": session}}
        answer = wire.request("POST", "/v1/route", body, x_tierd_session=session)
        if answer.status != 200 or not answer.header("x-tierd-id"):
            self.lost.append((session, answer.status, answer.body[:200]))
            return wire
        host = answer.header("x-served-by")
        with self.turned:
            self.answered += 1
            self.hosts[session].add(host)
            self.latest[session] = host
        if answer.header("connection") == "close":
            wire.raw.close()
            return None
        return wire
