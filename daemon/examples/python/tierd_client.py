"""A client of tierd in the standard library alone. Copy it into your project.

    tierd = Tierd("/run/tierd/tierd.sock")
    decision = tierd.route({"messages": [...]})         # or {"prompt": "..."}
    decision["model"], decision["cost"]["expected"]
    tierd.feedback(decision["id"], usage=answer["usage"])

One connection, kept open, and reopened once where the daemon has closed it meanwhile.
Not for several threads at once: give each its own.
"""

import http.client
import json
import socket


class TierdError(Exception):
    """tierd refused; problem is its RFC 9457 object."""

    def __init__(self, problem):
        super().__init__(problem.get("detail", "no answer that makes sense"))
        self.problem = problem


class _UnixConnection(http.client.HTTPConnection):

    def __init__(self, path, timeout_s):
        super().__init__("localhost", timeout=timeout_s)
        self.path = path

    def connect(self):
        self.sock = socket.socket(socket.AF_UNIX)
        self.sock.settimeout(self.timeout)
        self.sock.connect(self.path)


class Tierd:
    """timeout_s is for each read; a decision takes well below a millisecond."""

    def __init__(self, path, timeout_s=1.0):
        self.connection = _UnixConnection(path, timeout_s)

    def route(self, body, **routing):
        """The decision on a chat body or prompt; routing holds tierd's own options."""
        if routing:
            body = {**body, "routing": {**body.get("routing", {}), **routing}}
        return self._post("/v1/route", body)

    def feedback(self, decision_id, **fields):
        """score, usage, cost_usd, escalated, tier_label, model."""
        return self._post("/v1/feedback", {"id": decision_id, **fields})

    def close(self):
        self.connection.close()

    def _post(self, path, body):
        data = json.dumps(body).encode()
        try:
            status, answer = self._once(path, data)
        except (http.client.RemoteDisconnected, BrokenPipeError, ConnectionResetError):
            # An idle connection ends some time. Asking again costs nothing: a decision
            # that went unheard has no effect but a line in the log.
            self.connection.close()
            status, answer = self._once(path, data)
        if status >= 400:
            raise TierdError(answer)
        return answer

    def _once(self, path, data):
        headers = {"content-type": "application/json"}
        try:
            self.connection.request("POST", path, data, headers)
            response = self.connection.getresponse()
            return response.status, json.loads(response.read())
        except OSError:
            self.connection.close()  # half an answer must not be taken for the next one
            raise
