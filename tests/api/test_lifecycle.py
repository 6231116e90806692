"""Starting, ending, and the socket's path."""

import os
import signal
import socket
import stat

from harness import CATALOG, MODEL, ApiCase, encode, head, run

BODY = encode({"prompt": "What is the capital of Mongolia?"})


class Ending(ApiCase):

    def begin(self, daemon):
        """A request that the daemon has accepted and not yet got in full."""
        wire = daemon.connect()
        self.addCleanup(wire.raw.close)
        wire.send(head("POST", "/v1/route", f"Content-Length: {len(BODY)}", "Expect: 100-continue"))
        self.assertEqual(wire.read().status, 100)
        return wire

    def assert_drains(self, number, threads):
        daemon = self.start(f"--threads={threads}")
        idle = daemon.connect()
        self.addCleanup(idle.raw.close)
        self.assertEqual(idle.request("GET", "/healthz").status, 200)
        busy = self.begin(daemon)
        daemon.send_signal(number)
        self.assertTrue(idle.closes())  # which shows that the draining has begun
        with self.assertRaises((ConnectionRefusedError, FileNotFoundError)):
            while True:  # another thread may accept for a moment longer
                daemon.connect().raw.close()
        busy.send(BODY)
        answer = busy.read()
        self.assertEqual(answer.status, 200)
        if threads == 1:  # else the busy one's thread may not have heard of it yet
            self.assertEqual(answer.header("connection"), "close")
        self.assertTrue(busy.closes())
        daemon.stop()
        self.assertFalse(os.path.exists(daemon.path))

    def test_sigterm_drains(self):
        for threads in (1, 4):
            self.assert_drains(signal.SIGTERM, threads)

    def test_sigint_drains(self):
        self.assert_drains(signal.SIGINT, 1)

    def test_a_second_signal_changes_nothing(self):
        daemon = self.start("--threads=1")
        busy = self.begin(daemon)
        for _ in range(3):
            daemon.send_signal(signal.SIGTERM)
            daemon.send_signal(signal.SIGINT)
        busy.send(BODY)
        self.assertEqual(busy.read().status, 200)
        daemon.stop()

    def test_drain_delay_serves_on_but_is_not_ready(self):
        """Far longer than the test may take: SIGINT is what ends the wait here."""
        for threads in (1, 4):
            daemon = self.start(f"--threads={threads}", "--drain-delay=60m")
            with daemon.connect() as old:
                self.assertEqual(old.request("GET", "/readyz").status, 200)
                daemon.send_signal(signal.SIGTERM)
                daemon.wait_for("not ready any more")
                daemon.send_signal(signal.SIGTERM)  # a second one changes nothing
                for wire in (old, daemon.connect(), daemon.connect()):
                    with wire:
                        self.assert_problem(wire.request("GET", "/readyz"), 503, "leaving")
                        self.assertEqual(wire.request("GET", "/healthz").status, 200)
                        answer = wire.request("POST", "/v1/route", BODY)
                        self.assertEqual(answer.status, 200)
                        self.assertIsNone(answer.header("connection"))
            daemon.stop(signal.SIGINT)
            self.assertFalse(os.path.exists(daemon.path))

    def test_drain_delay_ends_by_itself(self):
        daemon = self.start("--drain-delay=1ms")
        daemon.send_signal(signal.SIGTERM)
        daemon.wait_for("drain-delay is over: finishing open requests")
        daemon.stop()

    def test_a_batch_in_progress_is_finished(self):
        daemon = self.start()
        with daemon.connect() as idle, daemon.connect() as wire:
            self.assertEqual(idle.request("GET", "/healthz").status, 200)
            wire.send(head("POST", "/v1/route:batch", "Content-Length: %d" % (2 * len(BODY) + 1)) + BODY + b"\n")
            self.assertEqual(wire.line(), b"HTTP/1.1 200 OK")
            daemon.send_signal(signal.SIGTERM)
            self.assertTrue(idle.closes())
            wire.send(BODY)
            wire.got[:0] = b"HTTP/1.1 200 OK\r\n"
            self.assertEqual(len(wire.read().lines), 2)
            self.assertTrue(wire.closes())
        daemon.stop()

    def test_signal_right_after_ready(self):
        """Whoever has read "ready" may send a signal and find it handled."""
        for i in range(8):
            daemon = self.start()
            daemon.stop((signal.SIGTERM, signal.SIGINT)[i % 2])

    def test_connected_client_does_not_hold_up_the_end(self):
        daemon = self.start()
        wires = [daemon.connect() for _ in range(20)]
        daemon.stop()
        for wire in wires:
            wire.raw.close()

    def test_any_number_of_threads(self):
        for threads in (1, 3, 8):
            with self.subTest(threads):
                daemon = self.start(f"--threads={threads}")
                self.assertEqual(daemon.get("/version").json["threads"], threads)
                wires = [daemon.connect() for _ in range(3 * threads)]
                for wire in wires:
                    self.assertEqual(wire.request("POST", "/v1/route", BODY).status, 200)
                    wire.raw.close()
                daemon.stop()


class Paths(ApiCase):

    def second(self, path, *options):
        return run("tierd", "--model", MODEL, "--catalog", CATALOG, "--socket", path, *options)

    def test_second_instance_is_refused(self):
        daemon = self.start()
        done = self.second(daemon.path)
        self.assertEqual(done.returncode, 1)
        self.assertIn("another tierd serves at " + daemon.path, done.stderr)
        self.assertEqual(daemon.get("/healthz").status, 200)

    def test_stale_socket_is_reclaimed(self):
        directory = self.directory()
        first = self.start(directory=directory)
        first.kill()
        self.assertTrue(stat.S_ISSOCK(os.lstat(first.path).st_mode))
        second = self.start(directory=directory)
        self.assertEqual(second.get("/healthz").status, 200)
        second.stop()
        third = self.start(directory=directory)
        self.assertEqual(third.get("/healthz").status, 200)

    def test_regular_file_is_left_alone(self):
        path = self.directory().write("d.sock", "precious")
        done = self.second(path)
        self.assertEqual(done.returncode, 1)
        self.assertIn(path, done.stderr)
        self.assertIn("no socket", done.stderr)
        with open(path) as file:
            self.assertEqual(file.read(), "precious")

    def test_directory_and_link_are_left_alone(self):
        directory = self.directory()
        os.mkdir(directory.join("d.sock"))
        self.assertEqual(self.second(directory.join("d.sock")).returncode, 1)
        os.symlink(directory.write("target", "precious"), directory.join("link"))
        self.assertEqual(self.second(directory.join("link")).returncode, 1)
        self.assertTrue(os.path.islink(directory.join("link")))

    def test_socket_of_another_program_is_left_alone(self):
        path = self.directory().join("d.sock")
        with socket.socket(socket.AF_UNIX) as other:
            other.bind(path)
            other.listen(5)
            done = self.second(path)
            self.assertEqual(done.returncode, 1)
            self.assertIn("another program serves", done.stderr)
            self.assertTrue(os.path.exists(path))

    def test_missing_directory(self):
        done = self.second(self.directory().join("nowhere/d.sock"))
        self.assertEqual(done.returncode, 1)
        self.assertIn("directory", done.stderr)

    def test_path_that_is_too_long(self):
        done = self.second("/tmp/" + "p" * 120)
        self.assertEqual(done.returncode, 2)
        self.assertIn("bytes", done.stderr)

    def test_mode(self):
        for options, mode in (([], 0o660), (["--socket-mode=0600"], 0o600),
                              (["--socket-mode=0666"], 0o666)):
            with self.subTest(mode):
                daemon = self.start(*options)
                self.assertEqual(stat.S_IMODE(os.stat(daemon.path).st_mode), mode)


class Addresses(ApiCase):

    def test_tcp_and_unix(self):
        daemon = self.start(listen="127.0.0.1:0")
        self.assertGreater(daemon.port, 0)
        for tcp in (False, True):
            with daemon.connect(tcp=tcp) as wire:
                self.assertEqual(wire.request("POST", "/v1/route", BODY).status, 200)
                self.assertEqual(wire.request("GET", "/healthz").status, 200)

    def test_tcp_alone(self):
        daemon = self.start(listen="127.0.0.1:0", unix=False)
        with daemon.connect(tcp=True) as wire:
            self.assertEqual(wire.request("POST", "/v1/route", BODY).status, 200)

    def test_tcp_drains(self):
        daemon = self.start(listen="127.0.0.1:0")
        with daemon.connect(tcp=True) as idle, daemon.connect(tcp=True) as busy:
            self.assertEqual(idle.request("GET", "/healthz").status, 200)
            busy.send(head("POST", "/v1/route", f"Content-Length: {len(BODY)}",
                           "Expect: 100-continue"))
            self.assertEqual(busy.read().status, 100)
            daemon.send_signal(signal.SIGTERM)
            self.assertTrue(idle.closes())
            busy.send(BODY)
            self.assertEqual(busy.read().status, 200)
            self.assertTrue(busy.closes())
        daemon.stop()

    def test_port_in_use(self):
        daemon = self.start(listen="127.0.0.1:0")
        path = self.directory().join("e.sock")
        done = run("tierd", "--model", MODEL, "--catalog", CATALOG, "--socket", path,
                   "--listen", f"127.0.0.1:{daemon.port}")
        self.assertEqual(done.returncode, 1)
        self.assertIn("in use", done.stderr)
        self.assertFalse(os.path.exists(path))

    def test_other_machines_need_a_second_word(self):
        for address in ("0.0.0.0:0", "[::]:0", "192.0.2.1:80", "example.org:80"):
            with self.subTest(address):
                done = run("tierd", "--model", MODEL, "--catalog", CATALOG, "--socket=",
                           "--listen", address)
                self.assertEqual(done.returncode, 2)
                self.assertIn("--allow-remote", done.stderr)
        daemon = self.start("--allow-remote", listen="0.0.0.0:0")
        with daemon.connect(tcp=True) as wire:
            self.assertEqual(wire.request("GET", "/healthz").status, 200)

    def test_nothing_to_listen_on(self):
        done = run("tierd", "--model", MODEL, "--catalog", CATALOG, "--socket=")
        self.assertEqual(done.returncode, 2)
        self.assertIn("nothing to listen on", done.stderr)
