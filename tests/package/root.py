"""A clean root to install a package in, and daemons in it started as the unit says.

The root is a minimal system with what the package depends on, made by mmdebstrap and
kept as a tar in the build directory; every test unpacks its own. Nothing outside it is
touched, and no service manager runs in it: a Service plays that part.
"""

import hashlib
import os
import re
import shutil
import signal
import socket
import stat
import subprocess
import tempfile
import unittest

import harness

ROOT_PATIENCE_S = 240  # for the mirror
# To boot the root, and what the tests themselves use.
FURTHER = ["systemd", "systemd-sysv", "dbus", "logrotate"]
ENVIRONMENT = {"PATH": "/usr/sbin:/usr/bin:/sbin:/bin", "LC_ALL": "C", "DEBIAN_FRONTEND": "noninteractive"}


def run(*words, **kinds):
    """A command's output, standard error included; raises with it when the command fails."""
    done = subprocess.run(words, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE,
                          stderr=subprocess.STDOUT, text=True, **{"timeout": 120, **kinds})
    if done.returncode != 0:
        raise AssertionError(f"{' '.join(words)} ended with {done.returncode}:\n{done.stdout}")
    return done.stdout


def pack():
    """The path of the .deb, packed anew from the build directory."""
    out = tempfile.mkdtemp(prefix="tierd-deb-")
    run("cpack", "-G", "DEB", "-B", out, cwd=harness.build)
    shutil.rmtree(os.path.join(out, "_CPack_Packages"), ignore_errors=True)
    names = [name for name in os.listdir(out) if name.endswith(".deb")]
    if len(names) != 1:
        raise AssertionError(f"cpack made {names}, expected one .deb")
    return os.path.join(out, names[0])


def dependencies(deb):
    """The names of the packages that deb needs, of each choice that it leaves the first."""
    return [re.match(r"\s*([^\s|]+)", choice)[1] for choice in run("dpkg-deb", "-f", deb, "Depends").split(",")]


def repack(deb, out, version, edit):
    """The same package under another version, its files edited by edit(directory)."""
    tree = tempfile.mkdtemp(prefix="tierd-deb-")
    try:
        run("dpkg-deb", "-R", deb, tree)
        control = os.path.join(tree, "DEBIAN", "control")
        with open(control) as file:
            text = re.sub(r"(?m)^Version: .*$", f"Version: {version}", file.read())
        with open(control, "w") as file:
            file.write(text)
        edit(tree)
        run("dpkg-deb", "-Zgzip", "-z1", "-b", "--root-owner-group", tree, out)
    finally:
        shutil.rmtree(tree)


def base(deb):
    """The tar of a clean root with what deb needs, or SkipTest with the reason."""
    if os.geteuid() != 0:
        raise unittest.SkipTest("only root can make a root directory of its own")
    if not shutil.which("mmdebstrap"):
        raise unittest.SkipTest("there is no mmdebstrap")
    packages = sorted({*dependencies(deb), *FURTHER})
    key = hashlib.sha256(" ".join(packages).encode()).hexdigest()[:12]
    path = harness.program(f"package-root-{key}.tar")
    if os.path.exists(path):
        return path
    with open("/etc/os-release") as file:
        suite = re.search(r"^VERSION_CODENAME=(\S+)", file.read(), re.M)[1]
    try:
        run("mmdebstrap", "--variant=essential", "--format=tar", "--include=" + ",".join(packages), suite, path + ".new",
            timeout=ROOT_PATIENCE_S)
    except (AssertionError, subprocess.TimeoutExpired) as error:
        raise unittest.SkipTest(f"mmdebstrap made no root: {error}") from None
    os.rename(path + ".new", path)
    return path


class Root:
    """A clean root. paths in it are given as they are seen from within."""

    def __init__(self, tar):
        self.path = tempfile.mkdtemp(prefix="tierd-root-")
        run("tar", "-C", self.path, "--numeric-owner", "-xpf", tar)

    def remove(self):
        shutil.rmtree(self.path)

    def at(self, path):
        return self.path + path

    def read(self, path):
        with open(self.at(path)) as file:
            return file.read()

    def append(self, path, text):
        with open(self.at(path), "a") as file:
            file.write(text)

    def exists(self, path):
        return os.path.lexists(self.at(path))

    def owner_and_mode(self, path):
        """As in "tierd:tierd 750"."""
        status = os.lstat(self.at(path))
        names = {line.split(":")[2]: line.split(":")[0] for line in self.read("/etc/passwd").splitlines()}
        groups = {line.split(":")[2]: line.split(":")[0] for line in self.read("/etc/group").splitlines()}
        return (f"{names.get(str(status.st_uid), status.st_uid)}:{groups.get(str(status.st_gid), status.st_gid)} "
                f"{stat.S_IMODE(status.st_mode):o}")

    def run(self, *words):
        return run("chroot", self.path, *words, env=ENVIRONMENT)

    def dpkg(self, *words, deb=None):
        if deb:
            shutil.copy(deb, self.at("/package.deb"))
        try:
            return self.run("dpkg", *words, *(["/package.deb"] if deb else []))
        finally:
            if deb:
                os.remove(self.at("/package.deb"))

    def listing(self):
        """Everything there is: path to type, mode, owner and content, or what tells of it:
        programs are written once, and what is written anew for the same is in /etc or /var."""
        seen = {}
        for directory, names, files in os.walk(self.path):
            for name in names + files:
                full = os.path.join(directory, name)
                status = os.lstat(full)
                content = ""
                if stat.S_ISREG(status.st_mode) and not full.startswith((self.at("/etc"), self.at("/var"))):
                    content = f"{status.st_size} {status.st_mtime_ns}"
                elif stat.S_ISREG(status.st_mode):
                    with open(full, "rb") as file:
                        content = hashlib.sha256(file.read()).hexdigest()
                elif stat.S_ISLNK(status.st_mode):
                    content = os.readlink(full)
                seen[full[len(self.path):]] = (oct(status.st_mode), status.st_uid, status.st_gid, content)
        return seen


class Service:
    """Plays the service manager for the unit that is installed in a root."""

    def __init__(self, root, pass_socket=True):
        self.root = root
        unit = root.read("/lib/systemd/system/tierd.service")
        self.command = re.search(r"^ExecStart=(.+)$", unit, re.M)[1].split()
        self.user = re.search(r"^User=(.+)$", unit, re.M)[1]
        self.watchdog_us = int(re.search(r"^WatchdogSec=(\d+)s$", unit, re.M)[1]) * 1000000
        self.notify = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM)
        self.notify.settimeout(harness.PATIENCE_S)
        self.notify.bind(root.at("/run/notify"))
        os.chmod(root.at("/run/notify"), 0o777)
        self.listener = self._listen() if pass_socket else None
        self.process = None

    def _listen(self):
        unit = self.root.read("/lib/systemd/system/tierd.socket")
        value = lambda key: re.search(rf"^{key}=(.+)$", unit, re.M)[1]
        raw = socket.socket(socket.AF_UNIX)
        path = self.root.at(value("ListenStream"))
        raw.bind(path)
        uid, gid = (int(self.root.run("id", what, value(key)))
                    for what, key in (("-u", "SocketUser"), ("-g", "SocketGroup")))
        os.chown(path, uid, gid)
        os.chmod(path, int(value("SocketMode"), 8))
        raw.listen(16)
        return raw

    def start(self):
        """Until the daemon says that it is ready."""
        export, redirect, passed = "", "", []
        if self.listener:
            export = "export LISTEN_FDS=1 LISTEN_PID=$$; "
            passed = [self.listener.fileno()]
            redirect = f" 3<&{passed[0]}"
        self.process = subprocess.Popen(
            ["chroot", f"--userspec={self.user}:{self.user}", self.root.path, "bash", "-c",
             f'{export}exec "$@"{redirect}', "bash", *self.command],
            pass_fds=passed, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
            env={**ENVIRONMENT, "NOTIFY_SOCKET": "/run/notify", "WATCHDOG_USEC": str(self.watchdog_us)})
        try:
            return self.until("READY=1")
        except TimeoutError:
            self.process.kill()
            raise AssertionError("tierd did not get ready:\n" + self.process.stdout.read().decode()) from None

    def until(self, text):
        while text not in (said := self.notify.recv(4096).decode()):
            pass
        return said

    def stop(self):
        self.process.send_signal(signal.SIGTERM)
        said, _ = self.process.communicate(timeout=harness.PATIENCE_S)
        if self.process.returncode != 0:
            raise AssertionError(f"tierd ended with {self.process.returncode}:\n{said.decode()}")

    def close(self):
        """What a manager removes when the units are stopped."""
        if self.process.poll() is None:
            self.stop()
        self.notify.close()
        os.remove(self.root.at("/run/notify"))
        if self.listener:
            os.remove(self.listener.getsockname())
            self.listener.close()
