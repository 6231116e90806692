"""Requests that two programs may read differently, as a table of raw bytes.

Each row is a name, where the form is described, and the bytes. A proxy in front of
tierd might see one request where tierd sees two, or the other way round; so all of
them are answered once, with a 4xx or 5xx problem, and the connection is closed: the
probe that follows the bytes, a good request of its own, is never answered. Every row
is sent in one piece, byte by byte, and cut at every position.

A second table holds requests that look odd and are right; they have to be answered.

Sources, for the forms only:
  RFC       RFC 9112, by section
  Kettle    J. Kettle, "HTTP Desync Attacks", PortSwigger 2019, and its sequels
  Klein     A. Klein, "HTTP Request Smuggling in 2020", Black Hat 2020
  Probe     Http11Probe's catalogue, mda2av.github.io/Http11Probe, by test id
  llhttp    the request tests of nodejs/llhttp
  Chunks    J. Weikop, "Funky chunks", 2025: ambiguous ends of chunk lines
  CVE-...   the advisory of that number
"""

from harness import Closed, DaemonCase, chunk, encode, head, post

SPLIT_MAX = 250  # bytes of a row that is cut at every position
PROBE = head("GET", "/version")
HELLO = encode({"prompt": "hi"})
LAST = b"0\r\n\r\n"
BODY = chunk(HELLO) + LAST
SMUGGLED = b"GET /version HTTP/1.1\r\nHost: a\r\n\r\n"


def sent(*lines, body=b"", version="HTTP/1.1"):
    return head("POST", "/v1/route", *lines, version=version) + body


def te(*values, body=BODY):
    """A chunked body under these transfer-encoding lines."""
    return sent(*[f"Transfer-Encoding:{value}" for value in values], body=body)


def cl(value, body=HELLO):
    return sent(f"Content-Length:{value}", body=body)


def chunked(body):
    return sent("Transfer-Encoding: chunked", body=body)


def get(raw_lines):
    """A GET whose header lines, after Host, come as they are."""
    return b"GET /healthz HTTP/1.1\r\nHost: a\r\n" + raw_lines + b"\r\n"


REFUSED = [
    # Two framings in one message.
    ("CL.TE", "Kettle; RFC 6.3", sent("Content-Length: 6", "Transfer-Encoding: chunked", body=LAST + b"G")),
    ("TE.CL", "Kettle; RFC 6.3", sent("Transfer-Encoding: chunked", "Content-Length: 4", body=b"5c\r\n" + LAST)),
    ("CL 0 and TE with a request inside", "openlitespeed issue 392",
     sent("Content-Length: 0", "Transfer-Encoding: chunked", body=chunk(SMUGGLED) + LAST)),
    ("CL and TE: identity", "Probe TE-IDENTITY", sent("Content-Length: 2", "Transfer-Encoding: identity", body=b"{}")),
    ("CL and unknown TE", "Probe TE-XCHUNKED", sent("Transfer-Encoding: xchunked", "Content-Length: 2", body=b"{}")),
    ("CL and an empty TE", "Klein", sent("Transfer-Encoding:", "Content-Length: 2", body=b"{}")),
    ("TE on HTTP/1.0", "RFC 6.1; Probe TE-HTTP10", sent("Transfer-Encoding: chunked", body=BODY, version="HTTP/1.0")),
    ("TE on HTTP/1.0 that keeps alive", "RFC 6.1",
     sent("Connection: keep-alive", "Transfer-Encoding: chunked", body=BODY, version="HTTP/1.0")),
    ("GET with CL and TE", "Kettle", head("GET", "/healthz", "Content-Length: 5", "Transfer-Encoding: chunked") + LAST),
    # Transfer codings.
    ("TE: chunked twice in one line", "RFC 6.1", te(" chunked, chunked")),
    ("TE: chunked in two lines", "Kettle", te(" chunked", " chunked")),
    ("TE: chunked, identity", "RFC 6.3; CVE-2022-32215", te(" chunked, identity")),
    ("TE: identity, chunked", "Kettle", te(" identity, chunked")),
    ("TE: identity", "RFC 7; CVE-2019-15605", te(" identity")),
    ("TE: gzip", "RFC 6.1", te(" gzip")),
    ("TE: gzip, chunked", "RFC 6.1", te(" gzip, chunked")),
    ("TE: chunked, then gzip in another line", "CVE-2022-32215", te(" chunked", " gzip")),
    ("TE: gzip, then chunked in another line", "CVE-2022-32215", te(" gzip", " chunked")),
    ("TE: chunked, then x in another line", "Kettle TE.TE", te(" chunked", " x")),
    ("TE: x, then chunked in another line", "Kettle TE.TE", te(" x", " chunked")),
    ("TE: xchunked", "Kettle TE.TE", te(" xchunked")),
    ("TE: chunkedx", "Kettle TE.TE", te(" chunkedx")),
    ("TE: chunk", "llhttp", te(" chunk")),
    ("TE: chunked;ext=1", "RFC 7.1; Probe CHUNKED-WITH-PARAMS", te(" chunked;ext=1")),
    ("TE: chunked,", "Probe TE-TRAILING-COMMA", te(" chunked,")),
    ("TE: ,chunked", "Probe TE-LEADING-COMMA", te(" ,chunked")),
    ("TE: quoted", "Kettle TE.TE", te(' "chunked"')),
    ("TE: in single quotes", "Kettle TE.TE", te(" 'chunked'")),
    ("TE: vertical tab before", "Kettle TE.TE", te(" \x0bchunked")),
    ("TE: form feed after", "Kettle TE.TE", te(" chunked\x0c")),
    ("TE: NUL after", "Kettle TE.TE", te(" chunked\0")),
    ("TE: NBSP before", "Kettle TE.TE", te(" \xa0chunked")),
    ("TE: CR before", "Kettle TE.TE", te(" \rchunked")),
    ("TE: LF before", "Kettle TE.TE", te(" \nchunked")),
    ("TE: cow", "Kettle", te(" cow")),
    ("TE: blanks beyond what is kept", "llhttp", te(" chunked" + " " * 300 + "x")),
    ("TE name with a space after", "Kettle TE.TE; RFC 5.1", sent("Transfer-Encoding : chunked", body=BODY)),
    ("TE name with a tab after", "Kettle TE.TE", sent("Transfer-Encoding\t: chunked", body=BODY)),
    ("TE name with a NUL", "Kettle", sent("Transfer\0-Encoding: chunked", body=BODY)),
    ("TE folded", "Kettle; CVE-2022-32213", te("\r\n chunked")),
    ("TE folded with a tab", "Kettle; CVE-2022-32214", te("\r\n\tchunked")),
    ("TE behind a folded line", "Kettle", sent("X: y\r\n Transfer-Encoding: chunked", "Content-Length: 5", body=LAST)),
    ("TE behind a bare CR", "Probe BARE-CR; CVE-2023-30589",
     sent("X: y\rTransfer-Encoding: chunked", "Content-Length: 5", body=LAST)),
    ("TE behind a bare LF", "Kettle", sent("X: y\nTransfer-Encoding: chunked", "Content-Length: 5", body=LAST)),
    # Content-Length.
    ("two lengths that differ", "RFC 6.3", sent("Content-Length: 2", "Content-Length: 3", body=b"{} ")),
    ("two lengths that agree", "RFC 6.3", sent("Content-Length: 2", "Content-Length: 2", body=b"{}")),
    ("three lengths", "Kettle", sent("Content-Length: 2", "X: y", "content-length: 2", "CONTENT-LENGTH: 2", body=b"{}")),
    ("a list of lengths", "RFC 6.3", cl(" 12, 12")),
    ("a list of lengths that differ", "RFC 6.3", cl(" 12, 2")),
    ("a list with an empty end", "Probe CL-TRAILING-COMMA", cl(" 12,")),
    ("plus sign", "RFC 8.6 of 9110; Klein", cl(" +12")),
    ("minus sign", "Klein", cl(" -12")),
    ("minus zero", "Probe CL-NEGATIVE-ZERO", cl(" -0")),
    ("hexadecimal", "Klein", cl(" 0xc")),
    ("octal by a leading zero", "Probe CL-OCTAL", cl(" 012")),
    ("leading zeros", "Probe CL-LEADING-ZEROS", cl(" 0000012")),
    ("two zeros", "Probe CL-DOUBLE-ZERO", cl(" 00")),
    ("digits with a gap", "CVE-2024-27982", cl(" 1 2")),
    ("fraction", "Probe CL-DECIMAL", cl(" 12.0")),
    ("exponent", "Probe CL-SCIENTIFIC", cl(" 1e1")),
    ("underscore", "Probe CL-UNDERSCORE", cl(" 1_2")),
    ("empty length", "RFC 6.3", cl("")),
    ("no number", "RFC 6.3", cl(" twelve")),
    ("digits of Unicode", "Klein", cl(" \xb2")),
    ("over 64 bits", "llhttp", cl(" 18446744073709551616")),
    ("over 64 bits, back to 12", "llhttp", cl(" 18446744073709551628")),
    ("far over 64 bits", "llhttp", cl(" " + "9" * 60)),
    ("length with a space before the colon", "RFC 5.1; CVE-2019-16276", sent("Content-Length : 12", body=HELLO)),
    ("length folded", "CVE-2024-27982", cl("\r\n 12")),
    ("length that goes on in a folded line", "CVE-2024-27982", cl(" 1\r\n 2")),
    ("length with a vertical tab", "Klein", cl(" \x0b12")),
    ("line that begins with a blank before the length", "CVE-2024-27982",
     b"POST /v1/route HTTP/1.1\r\n Content-Length: 12\r\nHost: a\r\n\r\n" + HELLO),
    # Chunks.
    ("chunk size empty", "RFC 7.1", chunked(b"\r\n{}\r\n" + LAST)),
    ("chunk size signed", "Klein", chunked(b"+2\r\n{}\r\n" + LAST)),
    ("chunk size negative", "Klein", chunked(b"-2\r\n{}\r\n" + LAST)),
    ("chunk size 0x", "Klein; Probe CHUNK-HEX-PREFIX", chunked(b"0x2\r\n{}\r\n" + LAST)),
    ("chunk size with an underscore", "Probe CHUNK-UNDERSCORE", chunked(b"0_2\r\n{}\r\n" + LAST)),
    ("chunk size with a blank before", "Probe CHUNK-LEADING-SP", chunked(b" 2\r\n{}\r\n" + LAST)),
    ("chunk size with a blank after", "Probe CHUNK-SPILL", chunked(b"2 \r\n{}\r\n" + LAST)),
    ("chunk size with a tab after", "Klein", chunked(b"2\t\r\n{}\r\n" + LAST)),
    ("chunk size over 64 bits", "llhttp", chunked(b"10000000000000002\r\n{}\r\n" + LAST)),
    ("chunk size of 17 digits", "Klein", chunked(b"00000000000000002\r\n{}\r\n" + LAST)),
    ("chunk size of endless zeros", "CVE-2015-3183", chunked(b"0" * 200 + b"2\r\n{}\r\n" + LAST)),
    ("chunk size that is none", "llhttp", chunked(b"zz\r\n{}\r\n" + LAST)),
    ("chunk size ended by LF", "CVE-2025-22871", chunked(b"2\n{}\r\n" + LAST)),
    ("chunk size ended by CR", "Probe CHUNK-BARE-CR-TERM", chunked(b"2\r{}\r\n" + LAST)),
    ("chunk size ended by CR CR LF", "Chunks", chunked(b"2\r\r\n{}\r\n" + LAST)),
    ("extension ended by LF", "Chunks TERM.EXT; CVE-2025-55315", chunked(b"2;\n{}\r\n" + LAST)),
    ("extension with LF within", "CVE-2025-55315", chunked(b"2;a\nb\r\n{}\r\n" + LAST)),
    ("extension with CR within", "Chunks EXT.TERM", chunked(b"2;a\rb\r\n{}\r\n" + LAST)),
    ("extension with LF in quotes", "Chunks", chunked(b'2;a="\n"\r\n{}\r\n' + LAST)),
    ("extension with CRLF in quotes", "Chunks", chunked(b'2;a="\r\n"\r\n{}\r\n' + LAST)),
    ("extension with a NUL", "CVE-2024-22019", chunked(b"2;a\0b\r\n{}\r\n" + LAST)),
    ("extension without end", "CVE-2024-22019", chunked(b"2;" + b"a" * 20000)),
    ("chunk longer than said", "Probe CHUNK-SPILL", chunked(b"2\r\n{}xx\r\n" + LAST)),
    ("chunk shorter than said", "Chunks", chunked(b"4\r\n{}\r\n0\r\n\r\n")),
    ("chunk ended by LF", "Probe CHUNK-LF-TERM", chunked(b"2\r\n{}\n" + LAST)),
    ("chunk ended by CR", "Chunks", chunked(b"2\r\n{}\r" + LAST)),
    ("chunk without an end", "Probe CHUNK-MISSING-CRLF", chunked(b"2\r\n{}" + LAST)),
    ("chunk ended by two other bytes", "Chunks TWO.TERM", chunked(b"2\r\n{}XX" + LAST)),
    ("last chunk ended by LF", "Probe CHUNK-LF-TRAILER", chunked(b"2\r\n{}\r\n0\r\n\n")),
    ("last size ended by LF", "Chunks", chunked(b"2\r\n{}\r\n0\n\r\n")),
    # Trailers.
    ("trailer with a length", "RFC 6.5.1 of 9110", chunked(b"2\r\n{}\r\n0\r\nContent-Length: 5\r\n\r\n")),
    ("trailer with a transfer coding", "RFC 6.5.1 of 9110", chunked(b"2\r\n{}\r\n0\r\nTransfer-Encoding: chunked\r\n\r\n")),
    ("trailer folded", "RFC 5.2", chunked(b"2\r\n{}\r\n0\r\nX: a\r\n b\r\n\r\n")),
    ("trailer ended by LF", "CVE-2022-35256", chunked(b"2\r\n{}\r\n0\r\nX: a\n\r\n")),
    ("trailer ended by CR", "CVE-2022-35256", chunked(b"2\r\n{}\r\n0\r\nX: a\r\r\n\r\n")),
    ("trailer with a CR within", "CVE-2022-35256", chunked(b"2\r\n{}\r\n0\r\nX: a\rb\r\n\r\n")),
    ("trailer without a colon", "RFC 5", chunked(b"2\r\n{}\r\n0\r\nX\r\n\r\n")),
    ("trailer that is a request", "Kettle", chunked(b"2\r\n{}\r\n0\r\n" + SMUGGLED)),
    # Lines of the head.
    ("LF ends the request line", "RFC 2.2", b"GET /healthz HTTP/1.1\nHost: a\r\n\r\n"),
    ("LF ends a header", "RFC 2.2", get(b"X: y\n")),
    ("LF ends the head", "RFC 2.2", b"GET /healthz HTTP/1.1\r\nHost: a\r\n\n"),
    ("CR ends the request line", "RFC 2.2", b"GET /healthz HTTP/1.1\rHost: a\r\n\r\n"),
    ("CR ends a header", "CVE-2023-30589", b"GET /healthz HTTP/1.1\r\nHost: a\rX: y\r\n\r\n"),
    ("CR CR LF ends a header", "CVE-2022-35256", get(b"X: y\r\r\n")),
    ("CR CR LF ends the head", "CVE-2022-35256", b"GET /healthz HTTP/1.1\r\nHost: a\r\n\r\r\n"),
    ("CR before the request line", "RFC 2.2", b"\r" + get(b"")),
    ("LF before the request line", "RFC 2.2", b"\n" + get(b"")),
    ("CR within a value", "RFC 2.2", get(b"X: a\rb\r\n")),
    ("folded", "RFC 5.2", get(b"X: a\r\n b\r\n")),
    ("folded to nothing", "RFC 5.2", get(b"X: a\r\n \r\n")),
    ("folded first line", "RFC 2.2", b"GET /healthz HTTP/1.1\r\n Host: a\r\n\r\n"),
    ("blank before the request line", "RFC 3", b" " + get(b"")),
    ("no colon", "RFC 5", get(b"nonsense\r\n")),
    ("no name", "RFC 5", get(b": y\r\n")),
    ("blank in a name", "RFC 5.1", get(b"X Y: z\r\n")),
    ("blank after a name", "RFC 5.1", get(b"X : z\r\n")),
    ("NUL in a value", "RFC 5.5 of 9110", get(b"X: a\0b\r\n")),
    ("NUL in a name", "RFC 5.1 of 9110", get(b"X\0Y: a\r\n")),
    ("byte over 127 in a name", "RFC 5.1 of 9110", get(b"X\xe9: a\r\n")),
    ("parenthesis in a name", "RFC 5.1 of 9110", get(b"X(Y): a\r\n")),
    # Host.
    ("no Host", "RFC 3.2", b"GET /healthz HTTP/1.1\r\n\r\n"),
    ("two Hosts", "RFC 3.2", get(b"Host: b\r\n")),
    ("two Hosts alike", "RFC 3.2", get(b"HOST: a\r\n")),
    ("two Hosts on HTTP/1.0", "Kettle", b"GET /healthz HTTP/1.0\r\nHost: a\r\nHost: b\r\n\r\n"),
    ("Host with a blank", "RFC 3.2", head("GET", "/healthz", "Host: a b", host=False)),
    ("Host with a comma", "RFC 3.2", head("GET", "/healthz", "Host: a,b", host=False)),
    ("Host with a path", "Probe HOST-WITH-PATH", head("GET", "/healthz", "Host: a/b", host=False)),
    ("Host with a user", "Probe HOST-WITH-USERINFO", head("GET", "/healthz", "Host: u@a", host=False)),
    ("Host with a bad port", "RFC 3.2", head("GET", "/healthz", "Host: a:80x", host=False)),
    ("Host with an open bracket", "RFC 3.2", head("GET", "/healthz", "Host: [::1", host=False)),
    ("Host longer than a name can be", "RFC 3.2", head("GET", "/healthz", "Host: " + "a" * 300, host=False)),
    # The request line.
    ("no version", "RFC 3; HTTP/0.9", b"GET /healthz\r\n\r\n"),
    ("version 0.9", "RFC 2.3", b"GET /healthz HTTP/0.9\r\nHost: a\r\n\r\n"),
    ("version 1.10", "RFC 2.3", b"GET /healthz HTTP/1.10\r\nHost: a\r\n\r\n"),
    ("version 2.0", "RFC 2.3", b"GET /healthz HTTP/2.0\r\nHost: a\r\n\r\n"),
    ("version in lower case", "RFC 2.3", b"GET /healthz http/1.1\r\nHost: a\r\n\r\n"),
    ("version with a blank after", "RFC 3", b"GET /healthz HTTP/1.1 \r\nHost: a\r\n\r\n"),
    ("two blanks", "RFC 3", b"GET /healthz  HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("tab for a blank", "RFC 3", b"GET\t/healthz\tHTTP/1.1\r\nHost: a\r\n\r\n"),
    ("blank in the target", "RFC 3.2", b"GET /health z HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("fragment in the target", "RFC 3.2", b"GET /healthz#x HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("control byte in the target", "RFC 3.2", b"GET /healthz\x01 HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("NUL in the target", "RFC 3.2", b"GET /healthz\0 HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("byte over 127 in the target", "RFC 3.2", b"GET /healthz\xe9 HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("method in lower case", "RFC 3.1", b"get /healthz HTTP/1.1\r\nHost: a\r\n\r\n"),
    ("method of HTTP/2", "RFC 3.1", b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n"),
    ("method of ICE", "llhttp", b"SOURCE /healthz ICE/1.0\r\nHost: a\r\n\r\n"),
    ("method of RTSP", "llhttp", b"ANNOUNCE /healthz RTSP/1.0\r\nHost: a\r\n\r\n"),
    ("line feed in a method", "RFC 3.1", b"GE\nT /healthz HTTP/1.1\r\nHost: a\r\n\r\n"),
    # Bodies where none is expected, and expectations.
    ("405 with a request as its body", "Kettle CL.0",
     head("GET", "/v1/route", f"Content-Length: {len(SMUGGLED)}") + SMUGGLED),
    ("404 with a request as its body", "Kettle CL.0",
     head("POST", "/nowhere", f"Content-Length: {len(SMUGGLED)}") + SMUGGLED),
    ("unknown expectation", "RFC 10.1.1 of 9110", sent("Expect: 200-ok", "Content-Length: 16", body=HELLO)),
    ("expectation with a tail", "Kettle 2025, 0.CL by Expect", sent("Expect: 100-continuex", "Content-Length: 16", body=HELLO)),
    ("expectation with something before", "Kettle 2025, 0.CL by Expect",
     sent("Expect: y 100-continue", "Content-Length: 16", body=HELLO)),
    ("expectation of a body that is too large", "RFC 10.1.1 of 9110",
     sent("Expect: 100-continue", "Content-Length: 99999999")),
]

DECISION = [200]
ANSWERED = [
    ("names in any case", "RFC 5.1", DECISION,
     b"POST /v1/route HTTP/1.1\r\nhOST: a\r\ncontent-LENGTH: 16\r\n\r\n" + HELLO),
    ("no blank after the colon", "RFC 5", DECISION,
     b"POST /v1/route HTTP/1.1\r\nHost:a\r\nContent-Length:16\r\n\r\n" + HELLO),
    ("blanks and tabs around values", "RFC 5", DECISION,
     b"POST /v1/route HTTP/1.1\r\nHost: \t a \t \r\nContent-Length: \t16  \r\n\r\n" + HELLO),
    ("TE with blanks around", "RFC 5", DECISION, te("   chunked  ")),
    ("TE in capitals", "RFC 7", DECISION, te(" CHUNKED")),
    ("chunk size padded", "RFC 7.1", DECISION, chunked(b"00000000010\r\n" + HELLO + b"\r\n000\r\n\r\n")),
    ("one byte a chunk", "RFC 7.1", DECISION, chunked(b"".join(chunk(bytes([b])) for b in HELLO) + LAST)),
    ("extensions", "RFC 7.1.1", DECISION, chunked(chunk(HELLO, ';a;b;d="e; f"') + b"0;z\r\n\r\n")),
    ("trailers", "RFC 7.1.2", DECISION, chunked(chunk(HELLO) + b"0\r\nX-Sum: 1\r\nY:\r\n\r\n")),
    ("empty lines before", "RFC 2.2", DECISION, b"\r\n\r\n" + post(HELLO)),
    ("empty value", "RFC 5", DECISION, post(HELLO, "/v1/route", "X-Empty:")),
    ("bytes over 127 in a value", "RFC 5.5 of 9110", DECISION, post(HELLO, "/v1/route", "X-Name: J\xf6rg")),
    ("name of odd bytes", "RFC 5.1 of 9110", DECISION, post(HELLO, "/v1/route", "!#$%&'*+-.^_`|~0aZ: y")),
    ("Host empty", "RFC 3.2", [200], head("GET", "/healthz", "Host:", host=False)),
    ("Host with a port", "RFC 3.2", [200], head("GET", "/healthz", "Host: a.b-c_d:8080", host=False)),
    ("Host with an empty port", "RFC 3.2", [200], head("GET", "/healthz", "Host: a:", host=False)),
    ("Host of IPv6", "RFC 3.2", [200], head("GET", "/healthz", "Host: [::1]:8080", host=False)),
    ("absolute form", "RFC 3.2.2", [200], head("GET", "http://a:80/healthz?x")),
    ("absolute form, another Host", "RFC 3.2.2", [200], head("GET", "http://b/healthz")),
    ("asterisk form", "RFC 3.2.4", [404], head("OPTIONS", "*")),
    ("length of 0 with GET", "RFC 6.2", [200], head("GET", "/healthz", "Content-Length: 0")),
    ("body with GET", "RFC 9.3.1 of 9110", [200], head("GET", "/healthz", "Content-Length: 5") + b"hello"),
    ("body with GET that looks like a request", "Kettle CL.0", [200],
     head("GET", "/healthz", f"Content-Length: {len(SMUGGLED)}") + SMUGGLED),
    ("chunked body with GET", "RFC 9.3.1 of 9110", [200],
     head("GET", "/healthz", "Transfer-Encoding: chunked") + BODY),
    ("length of 0 with POST", "RFC 6.3", [400], post(b"")),
    ("no length with POST", "RFC 6.3", [411], head("POST", "/v1/route")),
    ("pipeline", "RFC 9.3.2", [200, 404, 200, 400], post(HELLO) + head("GET", "/nowhere") + te(" chunked") + post(b"{")),
    ("connection with several tokens", "RFC 9.1", [200], head("GET", "/healthz", "Connection: x, keep-alive, y")),
    ("upgrade that is not taken", "RFC 7.8 of 9110", [200],
     head("GET", "/healthz", "Connection: Upgrade", "Upgrade: websocket")),
    ("expectation that 1.0 does not know", "RFC 10.1.1 of 9110", [200],
     sent("Connection: keep-alive", "Expect: x", "Content-Length: 16", body=HELLO, version="HTTP/1.0")),
    ("version 1.0 kept alive", "RFC 9.3", [200], sent("Connection: keep-alive", "Content-Length: 16", body=HELLO,
                                                       version="HTTP/1.0")),
]


def cuts(data):
    """The bytes whole, one by one and, where short, in two at every position."""
    yield [data]
    yield [data[i:i + 1] for i in range(len(data))] if len(data) < 4000 else [data[:9], data[9:]]
    if len(data) <= SPLIT_MAX:
        for at in range(1, len(data)):
            yield [data[:at], data[at:]]


class Smuggling(DaemonCase):

    def talk(self, pieces):
        """All that the daemon answers, as responses, until it closes or answers the probe."""
        answers = []
        with self.daemon.connect() as wire:
            try:
                for piece in [*pieces, PROBE]:
                    wire.send(piece)
            except (BrokenPipeError, ConnectionResetError):
                pass  # refused and closed before all was sent
            try:
                while not answers or b'"version"' not in answers[-1].body:
                    answers.append(wire.read())
            except (Closed, ConnectionResetError):
                pass
        return answers

    def test_table_is_sane(self):
        for table in (REFUSED, ANSWERED):
            self.assertEqual(len({row[0] for row in table}), len(table))
        self.assertGreaterEqual(len(REFUSED), 60)

    def assert_refused(self, pieces):
        answers = self.talk(pieces)
        self.assertEqual(len(answers), 1, [(a.status, a.body) for a in answers])
        self.assertGreaterEqual(answers[0].status, 400)
        self.assertEqual(answers[0].header("content-type"), "application/problem+json")
        self.assertEqual(answers[0].header("connection"), "close")
        return answers[0].status

    def test_refused(self):
        """In whatever pieces, by one problem, of the same status, and then silence."""
        for name, source, data in REFUSED:
            with self.subTest(name, source=source):
                statuses = {self.assert_refused(pieces) for pieces in cuts(data)}
                self.assertEqual(len(statuses), 1, statuses)

    def test_answered(self):
        """In whatever pieces, and the connection lives on for the probe."""
        for name, source, expected, data in ANSWERED:
            with self.subTest(name, source=source):
                for pieces in cuts(data):
                    statuses = [answer.status for answer in self.talk(pieces)]
                    self.assertEqual(statuses, [*expected, 200])

    def test_a_smuggled_head_does_not_reach_the_next_answer(self):
        """A refusal does not inherit that the request before it was a HEAD."""
        with self.daemon.connect() as wire:
            wire.send(head("HEAD", "/healthz") + b"nonsense\r\n\r\n")
            self.assertEqual(wire.read(head_only=True).status, 200)
            self.assert_problem(wire.read(), 400, "bad-request")
            self.assertTrue(wire.closes())

    def test_refused_head_has_no_body(self):
        for data in (b"HEAD /healthz HTTP/1.1\r\n\r\n", head("HEAD", "/healthz", "X : y")):
            with self.subTest(data), self.daemon.connect() as wire:
                wire.send(data)
                self.assertEqual(wire.read(head_only=True).status, 400)
                self.assertTrue(wire.closes())

    def test_417(self):
        with self.daemon.connect() as wire:
            wire.send(sent("Expect: payment", "Content-Length: 16"))
            self.assert_problem(wire.read(), 417, "expectation")
            self.assertTrue(wire.closes())
