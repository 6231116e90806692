"""The .deb on a clean root: install, start, route, upgrade, remove, purge."""

import os
import re
import shutil
import signal
import socket
import unittest

import root as roots
from harness import SOURCE, Wire

# What dpkg and the user database keep for themselves, of any package.
BOOKKEEPING = re.compile(r"/var/lib/dpkg(/.*)?|/var/log/dpkg\.log|/etc/(passwd|group|shadow|gshadow)-"
                         r"|/etc/\.pwd\.lock|/etc/sub[ug]id-?")


class Package(unittest.TestCase):

    @classmethod
    def setUpClass(cls):
        cls.deb = roots.pack()
        cls.addClassCleanup(shutil.rmtree, os.path.dirname(cls.deb))

    def repack(self, version, edit):
        deb = os.path.join(os.path.dirname(self.deb), f"tierd-{version}.deb")
        roots.repack(self.deb, deb, version, edit)
        return deb

    root = None  # unpacked for the first test that needs it; every test purges in the end

    def clean_root(self):
        if Package.root is None:
            Package.root = roots.Root(roots.base(self.deb))
            self.addClassCleanup(Package.root.remove)
        self.addCleanup(self.root.dpkg, "-P", "tierd")
        return self.root

    def service(self, root, **kinds):
        service = roots.Service(root, **kinds)
        self.addCleanup(lambda: service.process.poll() is None and service.process.kill())
        return service

    def route(self, root):
        answer = root.run("tierctl", "--json", "route", "What is the capital of Mongolia?")
        self.assertIn('"tier"', answer)

    def test_what_is_in_it(self):
        depends = roots.dependencies(self.deb)
        for name in ("libc6", "libuv1", "libcjson1", "libsvm3"):
            self.assertTrue(any(package.startswith(name) for package in depends), (name, depends))
        listing = roots.run("dpkg-deb", "-c", self.deb)
        self.assertNotIn(SOURCE, listing)
        for line in listing.splitlines():
            self.assertIn("root/root", line)
            self.assertRegex(line, r"^(drwxr-xr-x|-rw-r--r--|-rwxr-xr-x|lrwxrwxrwx) ")
        for program in ("tierd", "tierctl", "tier-train", "tier-bench"):
            self.assertRegex(listing, rf"-rwxr-xr-x .*\./usr/bin/{program}\n")

    def test_lintian(self):
        if not shutil.which("lintian"):
            self.skipTest("there is no lintian")
        roots.run("lintian", "--allow-root", "--fail-on", "error,warning", self.deb)

    def check_installed(self, root):
        self.assertRegex(root.read("/etc/passwd"), r"(?m)^tierd:.*:/usr/sbin/nologin$")
        for path in ("/run/tierd", "/var/lib/tierd", "/var/log/tierd"):
            self.assertEqual(root.owner_and_mode(path), "tierd:tierd " + ("755" if "run" in path else "750"))
        wants = "/etc/systemd/system/%s.target.wants/"
        self.assertTrue(root.exists(wants % "multi-user" + "tierd.service"))
        self.assertTrue(root.exists(wants % "sockets" + "tierd.socket"))
        # Its own defaults are good, without the config file.
        self.assertIn("are good", root.run("tierd", "--check"))
        self.assertIn("are good", root.run("tierd", "--config", "/etc/tierd/tierd.conf", "--check"))

    def check_log(self, root, service):
        """The edited settings are in use, and logrotate's orders lead to a new log."""
        log = "/var/log/tierd/decisions.jsonl"
        self.assertEqual(root.owner_and_mode(log), "tierd:tierd 600")
        root.run("logrotate", "--force", "--state", "/run/logrotate.state", "/etc/logrotate.d/tierd")
        os.remove(root.at("/run/logrotate.state"))
        service.process.send_signal(signal.SIGUSR1)
        self.assertTrue(root.exists(log + ".1"))
        while not root.read(log):  # until a decision has found the new file
            self.route(root)
        self.assertEqual(root.owner_and_mode(log), "tierd:tierd 600")
        self.assertNotIn("Mongolia", root.read(log) + root.read(log + ".1"))

    def upgrade(self, root, service):
        """Clients that come while nobody serves wait for the new daemon."""
        same = self.repack("0.9.0-1", lambda tree: None)
        root.dpkg("-i", deb=same)
        service.stop()
        path = service.listener.getsockname()
        raw = socket.socket(socket.AF_UNIX)
        raw.settimeout(60)
        with Wire(raw) as wire:
            raw.connect(path)
            service.start()
            self.assertEqual(wire.request("GET", "/healthz").status, 200)
        self.assertIn("quality = 0.9", root.read("/etc/tierd/tierd.conf"))

    def upgrade_with_new_settings(self, root):
        def edit(tree):
            for name in ("tierd.conf", "catalog.json"):
                with open(os.path.join(tree, "etc/tierd", name), "a") as file:
                    file.write("\n# of the new version\n" if name == "tierd.conf" else "\n// of the new version\n")
        root.dpkg("-i", "--force-confold", deb=self.repack("0.9.1-1", edit))
        self.assertIn("quality = 0.9", root.read("/etc/tierd/tierd.conf"))
        self.assertNotIn("of the new", root.read("/etc/tierd/tierd.conf"))
        self.assertIn("of the new", root.read("/etc/tierd/tierd.conf.dpkg-dist"))
        self.assertIn("of the new", root.read("/etc/tierd/catalog.json"))  # nobody had edited it
        self.assertIn("are good", root.run("tierd", "--config", "/etc/tierd/tierd.conf", "--check"))

    def test_life(self):
        root = self.clean_root()
        before = root.listing()
        root.dpkg("-i", deb=self.deb)
        self.check_installed(root)
        service = self.service(root)
        service.start()
        self.route(root)
        service.stop()
        root.append("/etc/tierd/tierd.conf", "\nquality = 0.9\ndecision-log = /var/log/tierd/decisions.jsonl\n")
        service.start()
        self.route(root)
        self.assertIn("reloaded", root.run("tierctl", "reload"))  # as ExecReload= does
        service.until("RELOADING=1")
        service.until("READY=1")
        self.check_log(root, service)
        self.upgrade(root, service)
        self.route(root)
        service.close()
        self.upgrade_with_new_settings(root)
        by_hand = self.service(root, pass_socket=False)  # the socket is its own then
        by_hand.start()
        self.route(root)
        by_hand.close()
        root.dpkg("-r", "tierd")
        self.assertFalse(root.exists("/usr/bin/tierd"))
        self.assertIn("quality = 0.9", root.read("/etc/tierd/tierd.conf"))
        self.assertTrue(root.exists("/var/log/tierd/decisions.jsonl"))
        root.dpkg("-P", "tierd")
        after = root.listing()
        left = {path: after.get(path) for path in before.keys() | after.keys()
                if before.get(path) != after.get(path) and not BOOKKEEPING.fullmatch(path)}
        self.assertEqual(left, {})

    def test_install_again_after_removal(self):
        """What an administrator has disabled stays so, and a removal is forgotten."""
        root = self.clean_root()
        wants = "/etc/systemd/system/multi-user.target.wants/tierd.service"
        root.dpkg("-i", deb=self.deb)
        os.remove(root.at(wants))  # systemctl disable
        root.dpkg("-r", "tierd")
        root.dpkg("-i", deb=self.deb)
        self.assertFalse(root.exists(wants))
        self.assertFalse(root.exists("/etc/systemd/system/tierd.service"))  # not masked
        service = self.service(root)
        service.start()
        self.route(root)
        service.close()
