"""Under a service manager: a made-up one that passes sockets and listens to what it is told."""

import contextlib
import fcntl
import os
import re
import signal
import socket
import subprocess
import time

from harness import PATIENCE_S, ApiCase, Daemon, encode

BODY = encode({"prompt": "What is the capital of Mongolia?"})


class Manager:
    """The manager's end of sd_notify(3), and the command that passes sockets."""

    def __init__(self, directory, abstract=False):
        self.raw = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.raw.settimeout(PATIENCE_S)
        self.address = f"@{directory.path}/notify" if abstract else directory.join("notify")
        self.raw.bind(self.address.replace("@", "\0"))

    def next(self):
        """The next datagram as a dict."""
        return dict(line.split("=", 1) for line in self.raw.recv(4096).decode().split("\n"))

    def until(self, key):
        """The next datagram with that key, and how many signs of life came before it."""
        beats = 0
        while key not in (said := self.next()):
            beats += said.get("WATCHDOG") == "1"
        return said, beats

    def waiting(self):
        """All that has arrived."""
        said = []
        self.raw.setblocking(False)
        with contextlib.suppress(BlockingIOError):
            while True:
                said.append(self.raw.recv(4096))
        self.raw.settimeout(PATIENCE_S)
        return said


class ManagedDaemon(Daemon):
    """A daemon with the manager's variables; sockets become descriptors 3 and on."""

    def __init__(self, *options, sockets=(), variables=(), pid="$$", **kinds):
        self.sockets, self.variables, self.pid = sockets, variables, pid
        super().__init__(*options, **kinds)

    def spawn(self, arguments, **process):
        # The shell becomes the daemon, so that $$ is the daemon's process.
        words = [f"export {name}={value};" for name, value in dict(self.variables).items()]
        if self.sockets:
            words.append(f"export LISTEN_FDS={len(self.sockets)} LISTEN_PID={self.pid};")
        # Far above 3, so that putting one in its place does not overwrite another.
        copies = [fcntl.fcntl(raw, fcntl.F_DUPFD_CLOEXEC, 100) for raw in self.sockets]
        words.append('exec "$@"')
        words += [f"{3 + i}<&{copy} {copy}<&-" for i, copy in enumerate(copies)]
        process = subprocess.Popen(["bash", "-c", " ".join(words), "bash", *arguments],
                                   pass_fds=copies, stdin=subprocess.DEVNULL,
                                   stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, **process)
        for copy in copies:
            os.close(copy)
        return process


class ManagedCase(ApiCase):

    def setUp(self):
        self.place = self.directory()

    def manager(self, **kinds):
        manager = Manager(self.place, **kinds)
        self.addCleanup(manager.raw.close)
        return manager

    def begin(self, *options, **kinds):
        kinds.setdefault("directory", self.place)
        daemon = ManagedDaemon(*options, **kinds)
        self.addCleanup(lambda: daemon.process.stderr.closed or daemon.stop())
        return daemon

    def listener(self, family=socket.AF_UNIX, address=None, kind=socket.SOCK_STREAM, listen=True):
        raw = socket.socket(family, kind)
        self.addCleanup(raw.close)
        raw.bind(address or self.place.join("d.sock"))
        if listen:
            raw.listen(16)
        return raw


class Notify(ManagedCase):

    def test_life(self):
        """Ready when it can be asked, stopping when it was told to."""
        for abstract in (False, True):
            with self.subTest(abstract=abstract):
                manager = self.manager(abstract=abstract)
                daemon = self.begin(variables={"NOTIFY_SOCKET": manager.address})
                ready = manager.next()
                self.assertEqual(ready["READY"], "1")
                self.assertIn("serving; model", ready["STATUS"])
                self.assertEqual(daemon.get("/readyz").status, 200)
                daemon.stop()
                self.assertEqual(manager.next()["STOPPING"], "1")
                self.assertEqual(manager.waiting(), [])

    def test_reload(self):
        """By whatever way it comes, and whether it succeeds or not."""
        manager = self.manager()
        config = self.place.write("tierd.conf", "quality = 0.9\n")
        daemon = self.begin("--config", config, variables={"NOTIFY_SOCKET": manager.address}).wait_ready()
        manager.until("READY")
        for content, status, ask in (("quality = 0.8\n", "reloaded, model", "signal"),
                                     ("quality = 0.7\n", "reloaded, model", "request"),
                                     ("quality = high\n", "reload failed, nothing changed", "signal"),
                                     ("quality = 7\n", "reload failed, nothing changed", "request")):
            with self.subTest(content):
                self.place.write("tierd.conf", content)
                before = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
                if ask == "signal":
                    daemon.process.send_signal(signal.SIGHUP)
                else:
                    daemon.ask(b"", "/v1/reload")
                reloading, ready = manager.next(), manager.next()
                after = time.clock_gettime_ns(time.CLOCK_MONOTONIC) // 1000
                self.assertEqual(reloading["RELOADING"], "1")
                self.assertTrue(before <= int(reloading["MONOTONIC_USEC"]) <= after)
                self.assertEqual(ready["READY"], "1")
                self.assertIn(status, ready["STATUS"])

    def test_watchdog_is_fed_until_it_stops(self):
        manager = self.manager()
        daemon = self.begin("--threads=3", variables={"NOTIFY_SOCKET": manager.address,
                                                      "WATCHDOG_USEC": "40000", "WATCHDOG_PID": "$$"})
        manager.until("READY")
        for _ in range(5):
            self.assertEqual(manager.next(), {"WATCHDOG": "1"})
        # With a client in the middle of a request the daemon lives on; its watchdog does not.
        with daemon.connect() as wire:
            wire.send(b"POST /v1/route HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n"
                      b"Expect: 100-continue\r\n\r\n" % len(BODY))
            self.assertEqual(wire.read().status, 100)
            daemon.process.send_signal(signal.SIGTERM)
            manager.until("STOPPING")
            wire.send(BODY)
            self.assertEqual(wire.read().status, 200)
        daemon.stop()
        self.assertEqual(manager.waiting(), [])

    def test_watchdog_of_another_process(self):
        manager = self.manager()
        daemon = self.begin(variables={"NOTIFY_SOCKET": manager.address, "WATCHDOG_USEC": "1000",
                                       "WATCHDOG_PID": "1"})
        manager.until("READY")
        self.assertEqual(daemon.get("/healthz").status, 200)
        daemon.stop()
        self.assertEqual(manager.until("STOPPING")[1], 0)

    def test_nonsense_is_said_and_does_not_matter(self):
        for variables, said in (({"NOTIFY_SOCKET": "relative"}, "NOTIFY_SOCKET is 'relative'"),
                                ({"NOTIFY_SOCKET": "/" + "x" * 200}, "NOTIFY_SOCKET is '/xxx"),
                                ({"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "-1"}, "WATCHDOG_USEC"),
                                ({"NOTIFY_SOCKET": "/nowhere", "WATCHDOG_USEC": "1e9"}, "WATCHDOG_USEC")):
            with self.subTest(variables):
                daemon = self.begin(variables=variables).wait_ready()
                daemon.wait_for(said)
                self.assertEqual(daemon.get("/healthz").status, 200)
                daemon.stop()

    def test_a_manager_that_does_not_listen(self):
        """One that never reads must not hold up what is asked of the daemon."""
        manager = self.manager()
        daemon = self.begin("--threads=2", variables={"NOTIFY_SOCKET": manager.address,
                                                      "WATCHDOG_USEC": "4000"}).wait_ready()
        limit = int(open("/proc/sys/net/unix/max_dgram_qlen").read())
        for _ in range(2 * limit + 50):  # some hundred ms of beats, none of them read
            self.assertEqual(daemon.get("/healthz").status, 200)
        self.assertLessEqual(len(manager.waiting()), limit + 1)
        daemon.stop()


class Passed(ManagedCase):

    def test_unix_socket_is_served_and_left(self):
        raw = self.listener()
        daemon = self.begin(sockets=[raw]).wait_ready()
        self.assertIn("the passed " + self.place.join("d.sock"), daemon.stderr())
        self.assertEqual(daemon.ask(BODY).status, 200)
        self.assertFalse(os.path.exists(daemon.path + ".lock"))
        daemon.stop()
        self.assertTrue(os.path.exists(daemon.path))

    def test_client_waits_while_the_daemon_restarts(self):
        raw = self.listener()
        first = self.begin(sockets=[raw]).wait_ready()
        first.stop()
        with first.connect() as wire:  # nobody accepts, and nobody refuses
            wire.send(b"GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n")
            self.begin(sockets=[raw]).wait_ready()
            self.assertEqual(wire.read().status, 200)

    def test_tcp_beside_an_own_unix_socket(self):
        raw = self.listener(socket.AF_INET, ("127.0.0.1", 0))
        daemon = self.begin(sockets=[raw]).wait_ready()
        self.assertEqual(daemon.port, raw.getsockname()[1])
        with daemon.connect(tcp=True) as wire:
            self.assertEqual(wire.request("POST", "/v1/route", BODY).status, 200)
        self.assertEqual(daemon.ask(BODY).status, 200)
        daemon.stop()
        self.assertFalse(os.path.exists(daemon.path))

    def test_both_in_any_order(self):
        both = [self.listener(socket.AF_INET, ("127.0.0.1", 0)), self.listener()]
        for sockets in (both, both[::-1]):
            daemon = self.begin("--threads=3", sockets=sockets, variables={"LISTEN_FDNAMES": "a:b"}).wait_ready()
            with daemon.connect(tcp=True) as wire:
                self.assertEqual(wire.request("GET", "/healthz").status, 200)
            self.assertEqual(daemon.ask(BODY).status, 200)
            daemon.stop()

    def test_what_is_for_another_process_is_left_alone(self):
        raw = self.listener(address=self.place.join("other.sock"))
        daemon = self.begin(sockets=[raw], pid="1").wait_ready()
        self.assertNotIn("passed", daemon.stderr())
        self.assertEqual(daemon.ask(BODY).status, 200)

    def refused(self, said, *options, sockets, variables=()):
        daemon = ManagedDaemon(*options, sockets=sockets, variables=variables, directory=self.place)
        self.assertEqual(daemon.wait(), 1)
        self.assertRegex(daemon.stderr(), "^tierd: " + said)

    def test_unfit_sockets_are_refused(self):
        pair = socket.socketpair()
        plain = open("/dev/null", "rb")
        for raw in (*pair, plain):
            self.addCleanup(raw.close)
        tcp = [self.listener(socket.AF_INET, ("127.0.0.1", 0)) for _ in range(2)]
        cases = [([plain], "is no socket"), ([pair[0]], "is not a listening stream socket"),
                 ([self.listener(socket.AF_INET, ("127.0.0.1", 0), socket.SOCK_DGRAM, False)],
                  "is not a listening stream socket"),
                 ([self.listener(address=self.place.join("1")), self.listener(address=self.place.join("2"))],
                  "is a second Unix socket"),
                 (tcp, "is a second TCP socket")]
        for sockets, said in cases:
            with self.subTest(said):
                self.refused(f"descriptor {2 + len(sockets)}, passed by the service manager, {said}",
                             sockets=sockets)
        self.refused("descriptor 3 of web, passed", sockets=[plain], variables={"LISTEN_FDNAMES": "web"})

    def test_remote_tcp_needs_leave(self):
        raw = self.listener(socket.AF_INET, ("0.0.0.0", 0))
        self.refused("descriptor 3, .*can be reached from other machines", sockets=[raw])
        daemon = self.begin("--allow-remote", sockets=[raw]).wait_ready()
        self.assertEqual(daemon.port, raw.getsockname()[1])

    def test_nonsense_count(self):
        daemon = ManagedDaemon(variables={"LISTEN_FDS": "many", "LISTEN_PID": "$$"}, directory=self.place)
        self.assertEqual(daemon.wait(), 1)
        self.assertTrue(re.search("LISTEN_FDS is not a number", daemon.stderr()), daemon.stderr())
