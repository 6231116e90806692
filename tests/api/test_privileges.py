"""Whom the daemon runs as, what it can still do, and who may use its socket.

Changing users needs root, which CI is; elsewhere those tests are skipped and say so.
"""

import glob
import os
import pwd
import re
import shutil
import signal
import stat
import subprocess

import harness
from harness import CATALOG, MODEL, PATIENCE_S, ApiCase, encode, run

BODY = encode({"prompt": "What is the capital of Mongolia?"})
OTHER = "nobody"  # a user that every system has
NO_SUCH_USER = "no-such-user"


def as_other(action):
    """What action() gives, as text, in a child of the other user's; an exception's name."""
    entry = pwd.getpwnam(OTHER)
    mine, its = os.pipe()
    child = os.fork()
    if child == 0:
        try:
            os.setgroups([])
            os.setgid(entry.pw_gid)
            os.setuid(entry.pw_uid)
            told = str(action())
        except Exception as error:
            told = type(error).__name__
        os.write(its, told.encode())
        os._exit(0)
    os.close(its)
    with open(mine) as file:
        told = file.read()
    os.waitpid(child, 0)
    return told


def statuses(daemon):
    """What the kernel says of each thread, as dictionaries."""
    for path in glob.glob(f"/proc/{daemon.process.pid}/task/*/status"):
        with open(path) as file:
            yield dict(re.split(r":\s*", line.strip(), maxsplit=1) for line in file)


def confined(daemon):
    return "Landlock" in daemon.stderr() and "no Landlock" not in daemon.stderr() and \
        re.search(r"sandbox: .*, seccomp$", daemon.stderr(), re.M)


class PlaceCase(ApiCase):
    """A directory of the other user's, with a model and a catalogue that it can read."""

    def setUp(self):
        self.place = self.directory()
        self.model = shutil.copy(MODEL, self.place.path)
        self.catalog = shutil.copy(CATALOG, self.place.path)
        self.log, self.state = self.place.join("d.jsonl"), self.place.join("state")

    def needs_root(self):
        if os.geteuid() != 0:
            self.skipTest("only root can become another user")
        entry = pwd.getpwnam(OTHER)
        for path in (self.place.path, self.model, self.catalog):
            os.chown(path, entry.pw_uid, entry.pw_gid)
        return entry

    def begin(self, *options, **kinds):
        daemon = self.start(*options, directory=self.place, model=self.model,
                            catalog=self.catalog, **kinds)
        daemon.wait_for("runs as")
        return daemon

    def kept(self):
        return [f"--decision-log={self.log}", f"--state-dir={self.state}"]

    def refused(self, *options):
        done = run("tierd", "--model", self.model, "--catalog", self.catalog, "--socket",
                   self.place.join("r.sock"), *options)
        self.assertEqual(done.returncode, 1, done.stderr)
        return done.stderr


class Users(PlaceCase):

    def test_becomes_the_user(self):
        entry = self.needs_root()
        daemon = self.begin(f"--user={OTHER}", *self.kept())
        self.assertEqual(daemon.ask(BODY).status, 200)
        threads = list(statuses(daemon))
        self.assertGreaterEqual(len(threads), 4)  # loops, log, reloads
        for thread in threads:
            self.assertEqual(thread["Uid"].split(), [str(entry.pw_uid)] * 4)
            self.assertEqual(thread["Gid"].split(), [str(entry.pw_gid)] * 4)
            self.assertNotIn("0", thread["Groups"].split())
            for capabilities in ("CapInh", "CapPrm", "CapEff", "CapAmb"):
                self.assertEqual(int(thread[capabilities], 16), 0)
            self.assertEqual(thread["NoNewPrivs"], "1")
        self.assertIn(f"runs as {OTHER} (uid {entry.pw_uid}", daemon.stderr())
        self.assertNotIn("warning", daemon.stderr())

    def test_what_it_makes_is_the_users(self):
        entry = self.needs_root()
        daemon = self.begin(f"--user={OTHER}", *self.kept())
        daemon.ask(BODY)
        for path, kind, mode in ((self.log, stat.S_ISREG, 0o600), (self.state, stat.S_ISDIR, 0o700),
                                 (daemon.path, stat.S_ISSOCK, 0o660)):
            info = os.lstat(path)
            self.assertTrue(kind(info.st_mode), path)
            self.assertEqual((info.st_uid, info.st_gid), (entry.pw_uid, entry.pw_gid), path)
            self.assertEqual(stat.S_IMODE(info.st_mode), mode, path)
        daemon.stop()
        self.assertFalse(os.path.exists(daemon.path))
        again = self.begin(f"--user={OTHER}", *self.kept())  # with what the first one left
        self.assertEqual(again.ask(BODY).status, 200)

    def test_the_log_goes_on_after_the_change(self):
        self.needs_root()
        daemon = self.begin(f"--user={OTHER}", "--log-rotate-bytes=4K", *self.kept())
        for _ in range(20):
            self.assertEqual(daemon.ask(BODY).status, 200)
        os.rename(self.log, self.place.join("moved"))
        daemon.send_signal(signal.SIGUSR1)
        daemon.wait_for("opened")
        daemon.ask(BODY)
        daemon.stop()
        self.assertGreater(os.path.getsize(self.log), 0)
        self.assertTrue(os.path.exists(self.log + ".1"), daemon.stderr())
        for path in glob.glob(self.log + "*"):
            self.assertEqual(stat.S_IMODE(os.stat(path).st_mode), 0o600)

    def test_reloads_after_the_change(self):
        self.needs_root()
        daemon = self.begin(f"--user={OTHER}")
        before = daemon.get("/version").json["catalog_version"]
        with open(self.catalog, "ab") as file:
            file.write(b"\n")
        daemon.send_signal(signal.SIGHUP)
        daemon.wait_for("reloaded")
        self.assertNotEqual(daemon.get("/version").json["catalog_version"], before)
        os.chmod(self.catalog, 0)
        done = run("tierctl", "--socket", daemon.path, "reload")
        self.assertEqual(done.returncode, 1)
        self.assertIn("Permission denied", done.stderr)
        self.assertEqual(daemon.ask(BODY).status, 200)

    def test_a_user_that_is_not_there(self):
        self.needs_root()
        told = self.refused(f"--user={NO_SUCH_USER}")
        for text in (NO_SUCH_USER, "useradd", "--user", "--allow-root"):
            self.assertIn(text, told)
        self.assertFalse(os.path.exists(self.place.join("r.sock")))

    def test_the_default_is_no_root(self):
        self.needs_root()
        done = subprocess.run([harness.program("tierd"), "--dump-config"], capture_output=True,
                              text=True, timeout=PATIENCE_S)
        self.assertIn('\nuser = "tierd"\n', done.stdout)
        self.assertIn("\nallow-root = false\n", done.stdout)

    def test_root_as_the_user(self):
        self.needs_root()
        for name in ("root", "0"):
            self.assertIn("--allow-root", self.refused(f"--user={name}"))

    def test_root_on_purpose(self):
        self.needs_root()
        daemon = self.begin("--allow-root")
        self.assertEqual({thread["Uid"].split()[1] for thread in statuses(daemon)}, {"0"})
        self.assertIn("runs as root", daemon.stderr())

    def test_files_of_others_are_not_given_away(self):
        self.needs_root()
        secret = self.place.write("secret", "precious")
        os.chmod(secret, 0o600)
        for make in (lambda: os.symlink(secret, self.log), lambda: os.link(secret, self.log),
                     lambda: self.place.write("d.jsonl", "")):
            make()
            told = self.refused(f"--user={OTHER}", *self.kept())
            self.assertIn("cannot open the decision log", told)
            self.assertIn("chown", told)
            self.assertEqual((os.stat(secret).st_uid, os.stat(self.log).st_uid), (0, 0))
            os.unlink(self.log)

    def test_unreadable_files_are_found_at_the_start(self):
        self.needs_root()
        os.chown(self.model, 0, 0)
        os.chmod(self.model, 0o600)
        told = self.refused(f"--user={OTHER}")
        self.assertIn(self.model, told)
        self.assertIn("Permission denied", told)
        self.assertFalse(os.path.exists(self.place.join("r.sock")))

    def test_a_directory_of_roots_is_warned_of(self):
        self.needs_root()
        os.chown(self.place.path, 0, 0)
        os.chmod(self.place.path, 0o755)
        daemon = self.begin(f"--user={OTHER}", *self.kept())
        self.assertIn(f"may not write to {self.place.path}, so that the socket stays", daemon.stderr())
        self.assertIn("the decision log cannot be rotated", daemon.stderr())
        daemon.stop()
        self.assertTrue(os.path.exists(daemon.path))
        again = self.begin(f"--user={OTHER}")  # reclaims the socket
        self.assertEqual(again.ask(BODY).status, 200)


class Sandbox(PlaceCase):

    def needs_sandbox(self, daemon):
        if not confined(daemon):
            self.skipTest("no sandbox here: " + daemon.stderr().splitlines()[-1])

    def test_all_threads_are_confined(self):
        daemon = self.begin(*self.kept())
        self.needs_sandbox(daemon)
        for thread in statuses(daemon):
            self.assertEqual(thread["Seccomp"], "2")

    def test_off(self):
        daemon = self.begin("--sandbox=off")
        self.assertIn("sandbox: off", daemon.stderr())
        outside = set(open("/proc/self/status").read().splitlines())
        for thread in statuses(daemon):
            self.assertIn("Seccomp:\t" + thread["Seccomp"], outside)

    def test_require(self):
        if harness.is_sanitized():
            self.assertIn("sanitizer", self.refused("--sandbox=require"))
            return
        if not confined(self.begin()):
            self.assertIn("--sandbox=require", self.refused("--sandbox=require"))
            return
        self.assertEqual(run("tierd", "--sandbox=require", "--check", "--model", self.model,
                             "--catalog", self.catalog).returncode, 0)

    def test_slips(self):
        for options, text in ((["--sandbox=on"], "auto, require or off"),
                              (["--user="], "--allow-root")):
            done = run("tierd", *options)
            self.assertEqual(done.returncode, 2)
            self.assertIn(text, done.stderr)

    def test_a_reload_from_elsewhere(self):
        elsewhere = self.directory()
        catalog = elsewhere.write("c.json", open(CATALOG, "rb").read() + b"\n")
        config = self.place.write("t.conf", f"model = {MODEL}\n")
        daemon = self.begin("--config", config)
        self.needs_sandbox(daemon)
        daemon.stop()
        for options, fine in (([], False), ([f"--sandbox-read={elsewhere.path}"], True)):
            with self.subTest(options):
                self.place.write("t.conf", f"catalog = {self.catalog}\n")
                # Only from the file, for a flag would win over it.
                daemon = harness.Daemon("--config", config, *options, directory=self.place,
                                        model=self.model, catalog=None).wait_ready()
                self.addCleanup(lambda d=daemon: d.process.stderr.closed or d.stop())
                self.place.write("t.conf", f"catalog = {catalog}\n")
                done = run("tierctl", "--socket", daemon.path, "reload")
                self.assertEqual(done.returncode, 0 if fine else 1, done.stderr)
                self.assertEqual("--sandbox-read" in done.stderr, not fine, done.stderr)
                self.assertEqual(daemon.ask(BODY).status, 200)
                daemon.stop()


class Peers(PlaceCase):

    def status(self, daemon):
        with daemon.connect() as wire:
            return wire.request("GET", "/healthz").status

    def refusals(self, daemon):
        with daemon.connect(tcp=True) as wire:
            page = wire.request("GET", "/metrics").body.decode()
        return int(re.search(r"^tierd_peers_refused_total (\d+)$", page, re.M)[1])

    def test_who_is_on_the_list(self):
        me = os.geteuid()
        for users in (str(me), pwd.getpwuid(me).pw_name, f"{me + 1},{me}"):
            daemon = self.begin(f"--allow-uid={users}", listen="127.0.0.1:0")
            self.assertEqual(self.status(daemon), 200)
            self.assertEqual(self.refusals(daemon), 0)
            daemon.stop()

    def test_who_is_not(self):
        daemon = self.begin(f"--allow-uid={os.geteuid() + 1}", listen="127.0.0.1:0")
        self.assertIn("--allow-uid holds for the Unix socket alone", daemon.stderr())
        for expected in (1, 2):
            with daemon.connect() as wire:
                answer = wire.read()  # without having asked for anything
                self.assert_problem(answer, 403, "peer-not-allowed", detail="--allow-uid")
                self.assertTrue(wire.closes())
            self.assertEqual(self.refusals(daemon), expected)

    def test_the_kernel_tells_users_apart(self):
        self.needs_root()
        os.chmod(self.place.path, 0o755)
        daemon = self.begin(f"--allow-uid={OTHER}", "--socket-mode=0666")
        self.assertEqual(as_other(lambda: self.status(daemon)), "200")
        with daemon.connect() as wire:
            self.assertEqual(wire.read().status, 403)
        daemon.stop()
        daemon = self.begin("--allow-uid=root", "--socket-mode=0666")
        self.assertEqual(as_other(lambda: self.status(daemon)), "403")
        self.assertEqual(self.status(daemon), 200)

    def test_bad_lists(self):
        for users in (NO_SUCH_USER, "root,", "0,,0"):
            told = self.refused(f"--allow-uid={users}")
            self.assertIn("--allow-uid: ", told)
            self.assertFalse(os.path.exists(self.place.join("r.sock")))
            done = run("tierd", "--check", "--model", self.model, "--catalog", self.catalog,
                       f"--allow-uid={users}")
            self.assertEqual(done.returncode, 1)
            self.assertEqual(done.stderr, told)


class Looking(PlaceCase):

    def test_others_of_the_user_cannot_look_into_it(self):
        """Who runs as the same user must not read prompts out of its memory."""
        self.needs_root()
        for options, told in ((["--core-dumps", "--sandbox=off"], "1"), ([], "PermissionError")):
            daemon = self.begin(f"--user={OTHER}", *options)
            path = f"/proc/{daemon.process.pid}/environ"
            self.assertEqual(as_other(lambda p=path: len(open(p, "rb").read(1))), told)
            daemon.stop()
