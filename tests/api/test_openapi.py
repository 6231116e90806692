"""/openapi.json: a valid OpenAPI 3.1 document that says all, and nothing that is not so.

Every example in it is sent to the daemon. A request's example has the name of the
answer's that belongs to it, which says under which status and content type to expect it.
`x-daemon` asks for a daemon other than the usual one. Answers' schemas take no field
that they do not name, so what is not described fails here.
"""

import functools
import json
import os
import re
import sys

from harness import CATALOG, SOURCE, ApiCase, encode

# Debian's packages are for Debian's Python; another one of the same version can use them.
sys.path.append("/usr/lib/python3/dist-packages")
from jsonschema import Draft202012Validator  # noqa: E402 (found through the path above)

METHODS = {"get", "post", "put", "delete", "patch"}
# Of every answer; the document speaks of what is tierd's own.
COMMON_HEADERS = {"content-type", "content-length", "date", "connection", "transfer-encoding"}


def source(*path):
    with open(os.path.join(SOURCE, *path), encoding="utf-8") as file:
        return file.read()


def shape(value):
    """Which members there are, all the way down; of a list its first item's."""
    if isinstance(value, dict):
        return {key: shape(item) for key, item in value.items()}
    if isinstance(value, list):
        return [shape(item) for item in value[:1]]
    return None


def errors(validator, value):
    return "\n".join(f"{error.json_path}: {error.message[:300]}"
                     for error in validator.iter_errors(value))


class OpenApiCase(ApiCase):

    @classmethod
    def setUpClass(cls):
        cls.document = json.loads(source("daemon", "api", "openapi.json"))
        cls.schemas = cls.document["components"]["schemas"]

    def validator(self, schema):
        """Of a schema within the document, whose references point into it."""
        return Draft202012Validator({**schema, "components": self.document["components"]})

    def resolve(self, item):
        while "$ref" in item:
            found = self.document
            for name in item["$ref"].removeprefix("#/").split("/"):
                found = found[name]
            item = found
        return item

    def operations(self):
        for path, item in self.document["paths"].items():
            for method in METHODS & set(item):
                yield path, method.upper(), item[method]

    def responses(self, operation):
        for status, response in operation["responses"].items():
            yield status, self.resolve(response)


class Document(OpenApiCase):

    def test_is_openapi_3_1(self):
        meta = json.loads(source("tests", "data", "openapi-3.1-schema.json"))
        self.assertEqual(errors(Draft202012Validator(meta), self.document), "")
        broken = {**self.document, "paths": {"no-slash": {}}, "info": {}}
        self.assertNotEqual(errors(Draft202012Validator(meta), broken), "")

    def test_schemas_are_schemas(self):
        for name, schema in self.schemas.items():
            with self.subTest(name):
                Draft202012Validator.check_schema(schema)

    def test_references_lead_somewhere_and_nothing_is_left_over(self):
        text = json.dumps(self.document)
        used = set(re.findall(r'"\$ref": "#/components/([^"]+)"', text))
        there = {f"{kind}/{name}" for kind, items in self.document["components"].items()
                 for name in items}
        self.assertEqual(used, there)

    def test_operations_have_names_of_their_own(self):
        names = [operation["operationId"] for _, _, operation in self.operations()]
        self.assertEqual(len(names), len(set(names)))

    def test_answers_take_no_other_fields(self):
        """All that is an object with named members, but for requests."""
        for name in set(self.schemas) - {"RouteRequest", "Message", "Usage"}:
            with self.subTest(name):
                self.check_closed(self.schemas[name])

    def check_closed(self, schema):
        if isinstance(schema, dict):
            if "properties" in schema and schema.get("type") == "object":
                self.assertIs(schema["additionalProperties"], False, list(schema["properties"]))
            for item in schema.values():
                self.check_closed(item)


class Complete(OpenApiCase):
    """The document beside the program's own tables."""

    def test_endpoints(self):
        table = re.findall(r'\{"(/[^"]*)", API_(GET|POST)', source("daemon", "api", "api.c"))
        described = {(path, method) for path, method, _ in self.operations()}
        self.assertGreater(len(table), 8)
        self.assertEqual(described, set(table))

    def table(self, name, function):
        found = re.findall(r'\{"(\w+)", ' + function + r'_\w+\}', source("daemon", "api", name))
        self.assertGreater(len(found), 5)
        return set(found)

    def test_routing_options(self):
        self.assertEqual(set(self.schemas["Routing"]["properties"]),
                         self.table("routing_parse.c", "read"))

    def test_feedback_fields(self):
        self.assertEqual(set(self.schemas["Feedback"]["properties"]),
                         self.table("feedback_parse.c", "read"))

    def test_problem_types(self):
        found = re.findall(r'\{(\d{3}), "(/problems/[a-z-]+)"', source("daemon", "api", "problem.c"))
        self.assertEqual(set(self.schemas["Problem"]["properties"]["type"]["enum"]),
                         {kind for _, kind in found})

    def test_what_a_request_may_hold(self):
        """Every member that the parsers look for at the top."""
        text = source("daemon", "api", "request_parse.c") + source("daemon", "api",
                                                                   "conversation_parse.c")
        asked = set(re.findall(r'json_member\(root, "(\w+)"\)', text))
        asked |= set(re.findall(r'"(max_\w+)"', text))
        self.assertEqual(asked - set(self.schemas["RouteRequest"]["properties"]), set())


class Examples(OpenApiCase):
    """Each example, sent."""

    @functools.cached_property
    def usual(self):
        directory = self.directory()
        return self.start("--decision-log", directory.join("log"), "--state-dir",
                          directory.join("state"), listen="127.0.0.1:0")

    def daemon_for(self, kind):
        if kind == "no-log":
            return self.start()
        if kind == "bad-catalogue":
            directory = self.directory()
            with open(CATALOG, encoding="utf-8") as file:
                catalog = directory.write("catalog.json", file.read())
            daemon = self.start(catalog=catalog)
            directory.write("catalog.json", "no catalogue")
            return daemon
        self.assertIn(kind, (None, "tcp"))
        return self.usual

    def ask(self, method, path, example, media, kind):
        body = None if method == "GET" else b""
        headers = {}
        if example is not None:
            value = example["value"]
            body = value.encode() if isinstance(value, str) else encode(value)
            headers["content_type"] = media
        with self.daemon_for(kind).connect(tcp=kind == "tcp") as wire:
            return wire.request(method, path, body, **headers)

    def pairs(self, operation):
        """(name, request's example or None, its media type, status, answer's media type,
        answer's example); every name once on either side."""
        body = self.resolve(operation.get("requestBody", {})).get("content", {})
        requests = {name: (example, media) for media, content in body.items()
                    for name, example in content.get("examples", {}).items()}
        answers = {}
        for status, response in self.responses(operation):
            for media, content in response["content"].items():
                for name, example in content.get("examples", {}).items():
                    self.assertNotIn(name, answers)
                    answers[name] = (status, media, example)
        self.assertTrue(answers)
        if body:
            self.assertEqual(set(requests), set(answers))
        for name, answer in answers.items():
            yield name, *requests.get(name, (None, None)), *answer

    def test_every_example_is_answered_as_it_says(self):
        count = 0
        for path, method, operation in self.operations():
            for name, request, request_media, status, media, example in self.pairs(operation):
                with self.subTest(f"{method} {path} {name}"):
                    answer = self.ask(method, path, request, request_media,
                                      example.get("x-daemon"))
                    self.assertEqual(str(answer.status), status, answer.body)
                    self.check_answer(operation, answer, media, example)
                    count += 1
        self.assertGreaterEqual(count, 30)

    def check_answer(self, operation, answer, media, example):
        response = self.resolve(operation["responses"][str(answer.status)])
        self.assertEqual(answer.header("content-type").split(";")[0], media)
        self.check_headers(answer, response)
        validator = self.validator(response["content"][media]["schema"])
        got = self.values(answer.body.decode(), media)
        for value in got:
            self.assertEqual(errors(validator, value), "")
        if "value" not in example:
            return
        said = self.values(example["value"], media)
        for value in said:
            self.assertEqual(errors(validator, value), "")
        self.compare(got, said, media, "x-daemon" in example)

    def values(self, body, media):
        """The values of a body, or of an example of it, that the schema speaks of."""
        if media == "application/x-ndjson":
            return [json.loads(line) for line in body.splitlines()]
        if media.endswith("json") and isinstance(body, str):
            return [json.loads(body)]
        return [body]

    def compare(self, got, said, media, elsewhere):
        """Problems are told word by word, but for paths of files; of decisions the form
        is, since their numbers change with model and prices."""
        if media.startswith("text/"):
            self.assertEqual(set(said[0].splitlines()) - set(got[0].splitlines()), set())
        elif media == "application/problem+json":
            ignored = {"detail"} if elsewhere else set()
            self.assertEqual({key: value for key, value in got[0].items() if key not in ignored},
                             {key: value for key, value in said[0].items() if key not in ignored})
        else:
            self.assertEqual([shape(value) for value in got], [shape(value) for value in said])

    def check_headers(self, answer, response):
        described = response.get("headers", {})
        for name, item in described.items():
            header = self.resolve(item)
            self.assertTrue(answer.header(name) is not None or not header.get("required"), name)
            self.assertEqual(errors(self.validator(header["schema"]), answer.header(name)), "")
        self.assertEqual({name for name, _ in answer.headers} - COMMON_HEADERS, set(described))

    def test_good_requests_fit_the_schema(self):
        for path, _, operation in self.operations():
            for name, request, media, status, _, _ in self.pairs(operation):
                if request is None or not status.startswith("2"):
                    continue
                with self.subTest(f"{path} {name}"):
                    schema = operation["requestBody"]["content"][media]["schema"]
                    values = self.values(request["value"], media)
                    # A batch may have bad lines among the good ones.
                    found = [errors(self.validator(schema), value) for value in values]
                    self.assertIn("", found)
                    self.assertTrue(media == "application/x-ndjson" or not any(found), found)

    def test_is_served_as_it_stands(self):
        answer = self.usual.get("/openapi.json")
        self.assertEqual(answer.body.decode(), source("daemon", "api", "openapi.json"))
        self.assertEqual(self.document["info"]["version"], self.usual.get("/version").json["version"])
