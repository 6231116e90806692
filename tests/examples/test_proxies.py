"""nginx and HAProxy: they ask tierd on the way, and go on without it."""

import os
import subprocess

from case import (EASY, FETCHED, HARD, ProxyCase, chat, example, free_port, need,
                  server_environment, server_program)
from harness import PATIENCE_S
from standin import StandIn


class Nginx(ProxyCase):

    def setUp(self):
        super().setUp()
        self.start_nginx(self.daemon.path)

    def start_nginx(self, socket):
        program = server_program("nginx")
        need(self, program and os.path.exists(self.module()), "nginx with njs")
        port = free_port()
        config = self.filled(os.path.join("nginx", "nginx.conf"), {
            "/usr/lib/nginx/modules/ngx_http_js_module.so": self.module(),
            "/etc/nginx/tierd/": example("nginx") + "/",
            "/run/tierd/tierd.sock": socket,
            "127.0.0.1:9000": f"127.0.0.1:{self.server.port}",
            "127.0.0.1:8080": f"127.0.0.1:{port}"})
        # Started as root it would hand its work to a user who may not use the socket.
        user = "user root; " if os.getuid() == 0 else ""
        self.start_server([program, "-p", self.files.path, "-e", "stderr", "-c", config, "-g",
                           user + "daemon off;"], port)

    def module(self):
        name = "usr/lib/nginx/modules/ngx_http_js_module.so"
        fetched = os.path.join(FETCHED, name)
        return fetched if os.path.exists(fetched) else "/" + name

    def test_models_are_put_into_the_body(self):
        easy, hard = self.models()
        for question, model in ((EASY, easy), (HARD, hard), (EASY, easy)):
            self.assertEqual(self.called(chat(question, temperature=0.5), x_tierd_model="forged"),
                             model)
        self.assertEqual(self.server.calls, {easy: 2, hard: 1})
        self.assertEqual(self.server.bodies[0], {**chat(EASY, temperature=0.5), "model": easy})
        self.assertEqual(self.server.headers[1]["x-tierd-model"], hard)
        self.assertRegex(self.server.headers[1]["x-tierd-id"], "^d-")

    def test_a_large_body_is_seen_whole(self):
        question = "word " * 300000
        self.called(chat(question))
        self.assertEqual(self.server.bodies[0]["messages"][0]["content"], question)
        self.assertRegex(self.server.headers[0]["x-tierd-id"], "^d-")

    def test_what_tierd_refuses_goes_on(self):
        self.assertEqual(self.called({**chat(EASY), "model": "auto:cheap"}), self.fallback)
        self.assertEqual(self.post(b"no JSON")[0], 400)

    def test_an_answer_streams(self):
        with subprocess.Popen(["curl", "-sN", f"http://127.0.0.1:{self.port}/v1/chat/completions",
                               "-d", '{"model": "auto", "stream": true, "messages": [{"role": '
                               '"user", "content": "RUNAWAY"}]}'], stdout=subprocess.PIPE) as client:
            # There is no end to it, so that it comes only if nothing waits for one.
            self.assertIn(b"chunk", client.stdout.readline())
            client.terminate()
        self.assertGreater(self.server.streamed.get(timeout=PATIENCE_S), 0)


class NginxAlone(Nginx):
    """Without tierd. Of the tests above, those that hold all the same."""

    def start_nginx(self, socket):
        super().start_nginx(self.files.join("none"))

    def test_models_are_put_into_the_body(self):
        self.assertEqual(self.called(chat(HARD)), self.fallback)
        self.assertEqual(self.server.calls, {self.fallback: 1})

    test_a_large_body_is_seen_whole = None


class HAProxy(ProxyCase):

    header = "x-tierd-model"

    def setUp(self):
        super().setUp()
        self.dear = StandIn(header=self.header)
        self.addCleanup(self.dear.__exit__)
        self.start_haproxy(self.daemon.path)

    def start_haproxy(self, socket):
        program = server_program("haproxy")
        need(self, program, "haproxy")
        port = free_port()
        script = self.filled(os.path.join("haproxy", "tierd.lua"),
                             {"/run/tierd/tierd.sock": socket})
        config = self.filled(os.path.join("haproxy", "haproxy.cfg"), {
            "/etc/haproxy/tierd.lua": script,
            "127.0.0.1:9000": f"127.0.0.1:{self.server.port}",
            "127.0.0.1:9001": f"127.0.0.1:{self.dear.port}",
            "127.0.0.1:8081": f"127.0.0.1:{port}"})
        checked = subprocess.run([program, "-c", "-f", config], capture_output=True,
                                 timeout=PATIENCE_S, env=server_environment())
        self.assertEqual(checked.returncode, 0, checked.stderr)
        self.start_server([program, "-db", "-f", config], port)

    def test_models_and_backends(self):
        easy, hard = self.models()
        for question, model in ((EASY, easy), (HARD, hard), (EASY, easy)):
            called = self.called(chat(question), x_tierd_model="forged", x_tierd_tier="frontier")
            self.assertEqual(called, model)
        self.assertEqual((self.server.calls, self.dear.calls), ({easy: 2}, {hard: 1}))
        self.assertRegex(self.dear.headers[0]["x-tierd-id"], "^d-")

    def test_what_tierd_refuses_goes_on(self):
        self.assertEqual(self.called({**chat(EASY), "model": "auto:cheap"}), self.fallback)
        self.assertEqual(self.post(b"no JSON")[0], 400)

    def test_a_body_beyond_the_buffer_goes_on_undecided(self):
        question = "word " * 300000
        self.assertEqual(self.called(chat(question)), self.fallback)
        self.assertEqual(self.server.bodies[0]["messages"][0]["content"], question)


class HAProxyAlone(HAProxy):

    def start_haproxy(self, socket):
        super().start_haproxy(self.files.join("none"))

    def test_models_and_backends(self):
        self.assertEqual(self.called(chat(HARD)), self.fallback)
        self.assertEqual((self.server.calls, self.dear.calls), ({self.fallback: 1}, {}))

    test_a_body_beyond_the_buffer_goes_on_undecided = None
