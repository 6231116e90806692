"""An OpenAI-style server for the tests of the examples: counts calls by model.

    with StandIn() as server:
        ... POST to server.url + "/chat/completions" ...
        server.calls        # Counter of models
        server.bodies       # what was asked, in order
        server.streamed     # tokens sent in streams, in order of their ends

It answers one sentence. With "stream" it sends a token an event; a question that holds
the word RUNAWAY is answered for ever, until the client closes. stand_in_model says in
each answer which model it was.
"""

import collections
import http.server
import json
import queue
import threading

ANSWER = ["It", " is", " as", " you", " say", "."]


class Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"

    def log_message(self, *_):
        pass

    def do_POST(self):
        raw = self.rfile.read(int(self.headers.get("content-length", 0)))
        try:
            body = json.loads(raw)
        except ValueError:
            return self.answer(400, {"error": {"message": "not JSON"}})
        # A gateway goes by the header where a proxy could not change the body.
        model = self.server.header and self.headers.get(self.server.header) or body.get("model")
        self.server.note(model, body, dict(self.headers))
        if body.get("stream"):
            return self.stream(model, "RUNAWAY" in json.dumps(body["messages"]))
        return self.answer(200, {
            "id": "c-1", "object": "chat.completion", "model": model,
            "choices": [{"index": 0, "finish_reason": "stop",
                         "message": {"role": "assistant", "content": "".join(ANSWER)}}],
            "usage": {"prompt_tokens": 12, "completion_tokens": len(ANSWER)}})

    def answer(self, status, value):
        data = json.dumps(value).encode()
        self.send_response(status)
        self.send_header("content-type", "application/json")
        self.send_header("content-length", str(len(data)))
        self.end_headers()
        self.wfile.write(data)

    def event(self, data):
        self.wfile.write(f"data: {data}\n\n".encode())

    def stream(self, model, runaway):
        self.send_response(200)
        self.send_header("content-type", "text/event-stream")
        self.send_header("connection", "close")
        self.end_headers()
        self.close_connection = True
        sent = 0
        try:
            while runaway or sent < len(ANSWER):
                delta = {"content": " and" if runaway else ANSWER[sent]}
                self.event(json.dumps({"object": "chat.completion.chunk", "model": model,
                                       "choices": [{"index": 0, "delta": delta}]}))
                sent += 1
            self.event("[DONE]")
        except OSError:
            pass  # the client has closed
        self.server.streamed.put(sent)


class StandIn(http.server.ThreadingHTTPServer):
    """On a free port of 127.0.0.1. header: goes before the body's model."""

    daemon_threads = True

    def __init__(self, header=None):
        super().__init__(("127.0.0.1", 0), Handler)
        self.header = header
        self.port = self.server_address[1]
        self.url = f"http://127.0.0.1:{self.port}/v1"
        self.lock = threading.Lock()
        self.calls = collections.Counter()
        self.bodies = []
        self.headers = []
        self.streamed = queue.Queue()
        threading.Thread(target=self.serve_forever, args=(0.05,), daemon=True).start()

    def handle_error(self, request, address):
        pass  # a client that went away

    def note(self, model, body, headers):
        with self.lock:
            self.calls[model] += 1
            self.bodies.append(body)
            self.headers.append({name.lower(): value for name, value in headers.items()})

    def __exit__(self, *_):
        self.shutdown()
        self.server_close()
