"""The package under a systemd of its own, booted in a container.

Everything the units promise, from the manager's side: ready, reload, a reload that fails,
the watchdog, socket activation, an upgrade that refuses nobody, and a purge. Where no
container can be booted, as inside of most containers, this is left out.
"""

import os
import re
import shutil
import subprocess
import unittest

import root as roots

BOOT_PATIENCE_S = 120

# Each "check" line of the answer is a fact that the test looks at.
SCRIPT = r"""#!/bin/bash
exec >/answer 2>&1
# What hangs ends, and the answer tells how far it came.
(sleep 60; journalctl --no-pager -u tierd | tail -20; systemctl poweroff -ff) &
check() { echo "check $1: $2"; }
ask() { tierctl -q route "What is the capital of Mongolia?"; }
show() { systemctl show -P "$1" tierd; }
dpkg -i /package.deb
check active "$(systemctl is-active tierd.service tierd.socket | tr '\n' ' ')"
check status "$(show StatusText)"
check sandbox "$(journalctl --no-pager -u tierd | grep -o 'runs as .*')"
check answer "$(ask | wc -w)"
sed -i 's/^#decision-log/decision-log/; s/^#listen/listen/' /etc/tierd/tierd.conf
systemctl restart tierd; ask
check log "$(stat -c '%U %a' /var/log/tierd/decisions.jsonl)"
exec 3<>/dev/tcp/127.0.0.1/8787; printf 'GET /healthz HTTP/1.0\r\n\r\n' >&3
check tcp "$(head -1 <&3)"
echo 'quality = 0.8' >>/etc/tierd/tierd.conf
systemctl reload tierd; check reload "$? $(show StatusText)"
echo 'risk = 7' >>/etc/tierd/tierd.conf
systemctl reload tierd; check "bad reload" "$? $(show ActiveState) $(show StatusText)"
sed -i '/^risk/d' /etc/tierd/tierd.conf
logrotate -f /etc/logrotate.d/tierd
until [ -s /var/log/tierd/decisions.jsonl ]; do ask; done
check rotated "$(ls /var/log/tierd | tr '\n' ' ')"
mkdir -p /run/systemd/system/tierd.service.d
printf '[Service]\nWatchdogSec=2s\n' >/run/systemd/system/tierd.service.d/watchdog.conf
systemctl daemon-reload; systemctl restart tierd
kill -STOP "$(show MainPID)"
until [ "$(show NRestarts)" = 1 ] && [ "$(show ActiveState)" = active ]; do sleep 0.1; done
check watchdog "$(ask | wc -w)"
rm -r /run/systemd/system/tierd.service.d; systemctl daemon-reload
systemctl stop tierd.service
check stopped "$(systemctl is-active tierd.service)"
check woken "$(ask | wc -w) $(systemctl is-active tierd.service)"
(while [ ! -e /upgraded ]; do ask >/dev/null || echo refused; done) >/refused & asking=$!
before=$(show MainPID)
dpkg -i /newer.deb
check upgraded "$([ "$(show MainPID)" != "$before" ] && systemctl is-active tierd.service) $(grep -c 'quality = 0.8' /etc/tierd/tierd.conf)"
touch /upgraded; wait $asking
check refused "$(wc -l </refused)"
rm /package.deb /newer.deb
dpkg -P tierd
check left "$(find / -xdev -name '*tierd*' -not -path '/proc/*') $(getent passwd tierd) $(systemctl is-active tierd.socket)"
echo end
systemctl poweroff
"""


class Boot(unittest.TestCase):

    def image(self, deb):
        """A root that boots, with the test as a service; or SkipTest."""
        if os.geteuid() != 0 or not shutil.which("systemd-nspawn"):
            self.skipTest("optional: only root with systemd-nspawn can boot a container")
        root = roots.Root(roots.base(deb))
        self.addCleanup(root.remove)
        for path, text in (("/check", SCRIPT),
                           ("/etc/systemd/system/check.service",
                            "[Unit]\nAfter=multi-user.target\n[Service]\nExecStart=/check\n")):
            with open(root.at(path), "w") as file:
                file.write(text)
        os.chmod(root.at("/check"), 0o755)
        wants = root.at("/etc/systemd/system/graphical.target.wants")
        os.makedirs(wants, exist_ok=True)
        os.symlink("../check.service", os.path.join(wants, "check.service"))
        return root

    def test_boot(self):
        deb = roots.pack()
        self.addCleanup(shutil.rmtree, os.path.dirname(deb))
        root = self.image(deb)
        shutil.copy(deb, root.at("/package.deb"))
        roots.repack(deb, root.at("/newer.deb"), "0.9.0-1", lambda tree: None)
        try:
            said = subprocess.run(["systemd-nspawn", "-D", root.path, "--register=no", "--keep-unit", "--boot"],
                                  stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
                                  timeout=BOOT_PATIENCE_S).stdout.decode("utf-8", "replace")
        except subprocess.TimeoutExpired as error:
            said = (error.stdout or b"").decode("utf-8", "replace")
        if not root.exists("/answer"):
            self.skipTest(f"optional: no container boots here: {said[-300:]}")
        answer = root.read("/answer")
        facts = dict(re.findall(r"(?m)^check ([a-z ]+): (.*?)\s*$", answer))
        for name, wanted in (("active", "active active$"), ("status", "serving; model "), ("answer", "1$"),
                             ("sandbox", "runs as tierd .*sandbox: .*seccomp"),
                             ("log", "tierd 600$"), ("tcp", "HTTP/1.1 200 "),
                             ("reload", "0 serving; reloaded"),
                             ("bad reload", "1 active serving; reload failed, nothing changed: .*risk"),
                             ("rotated", r"decisions.jsonl decisions.jsonl.1$"), ("watchdog", "1$"),
                             ("stopped", "inactive$"), ("woken", "1 active$"), ("upgraded", "active 1$"),
                             ("refused", "0$"), ("left", r"\s*inactive$")):
            with self.subTest(name):
                self.assertRegex(facts.get(name, "nothing"), "^" + wanted, answer)
        self.assertIn("\nend\n", answer)
