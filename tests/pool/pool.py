"""Three daemons behind the HAProxy of daemon/examples/pool, and its runtime API."""

import csv
import os
import socket
import subprocess
import time

from case import example, free_port, need, server_environment, server_program
from harness import PATIENCE_S, ApiCase, Daemon, Wire

HOSTS = ("tierd1", "tierd2", "tierd3")
POLL_S = 0.02


class PoolCase(ApiCase):

    daemon_options = ()

    def setUp(self):
        program = server_program("haproxy")
        need(self, program, "haproxy")
        self.files = self.directory()
        self.daemons = {}
        for name in HOSTS:
            self.start_host(name)
        for daemon in self.daemons.values():
            daemon.wait_ready()
        self.start_haproxy(program)

    def start_host(self, name, port=0):
        """A host's daemon, on the port that it had before if it had one."""
        state = self.files.join(name)
        os.makedirs(state, exist_ok=True)
        daemon = Daemon("--state-dir", state, "--decision-log", os.path.join(state, "log.jsonl"),
                        *self.daemon_options, listen=f"127.0.0.1:{port}")
        self.daemons[name] = daemon
        self.addCleanup(lambda: daemon.process.stderr.closed or daemon.stop())
        return daemon

    def configuration(self):
        """The example with these addresses and a short slow start."""
        self.port = free_port()
        self.stats = self.files.join("stats.sock")
        with open(example("pool", "haproxy.cfg"), encoding="utf-8") as file:
            text = file.read()
        replacements = {"127.0.0.1:8786": f"127.0.0.1:{self.port}", "slowstart 20s": "slowstart 1s",
                        "/run/haproxy/tierd-pool.sock": self.stats}
        for number, name in enumerate(HOSTS):
            replacements[f"10.0.0.1{number + 1}:8787"] = f"127.0.0.1:{self.daemons[name].port}"
        for old, new in replacements.items():
            self.assertIn(old, text)
            text = text.replace(old, new)
        return self.files.write("haproxy.cfg", text)

    def start_haproxy(self, program):
        path = self.configuration()
        process = subprocess.Popen([program, "-db", "-f", path], stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE,
                                   env=server_environment())
        self.addCleanup(self.stop_haproxy, process)

        def is_up():
            if process.poll() is not None:
                self.fail("haproxy ended: " + process.stderr.read().decode())
            return os.path.exists(self.stats) and all(
                row["check_status"] == "L7OK" for row in self.servers().values())
        self.until(is_up, "haproxy is not up")

    def stop_haproxy(self, process):
        process.kill()
        process.communicate()

    def until(self, told, what):
        """HAProxy tells of no change by itself, so it is asked again and again."""
        end = time.monotonic() + PATIENCE_S
        while not told():
            self.assertLess(time.monotonic(), end, what)
            time.sleep(POLL_S)

    def order(self, text):
        """What the runtime API answers to a command."""
        with socket.socket(socket.AF_UNIX) as raw:
            raw.settimeout(PATIENCE_S)
            raw.connect(self.stats)
            raw.sendall(text.encode() + b"\n")
            return b"".join(iter(lambda: raw.recv(65536), b"")).decode()

    def servers(self):
        """The backend's servers by name, each a row of the statistics."""
        lines = self.order("show stat").removeprefix("# ").splitlines()
        return {row["svname"]: row for row in csv.DictReader(lines)
                if row["pxname"] == "tierd" and row["svname"] not in ("BACKEND", "FRONTEND")}

    def until_down(self, name):
        self.until(lambda: self.servers()[name]["status"] == "DOWN", f"{name} is not down")

    def until_full(self, name):
        """Up, and at the end of its slow start."""
        def is_full():
            row = self.servers()[name]
            return row["status"] == "UP" and row["weight"] == "100"
        self.until(is_full, f"{name} is not back")

    def connect(self):
        return Wire(socket.create_connection(("127.0.0.1", self.port), PATIENCE_S))

    def ask(self, body, path="/v1/route", **headers):
        with self.connect() as wire:
            return wire.request("POST", path, body, **headers)
