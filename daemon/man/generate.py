#!/usr/bin/env python3
"""Makes the manual's sources and the shells' completion from what --help-all says.

    generate.py --programs DIR --tierd FILE --out DIR

--help-all, or --help where there is no more, is printed from the option tables, so that an option is described once, in its
table, and stands in the manual and completes in every shell from the next build on.
Of the manual, *.scd beside this file hold the prose; a line "@options tierctl route@"
there becomes that command's options, and "@settings@" those of the config file.
Standard library only.
"""

import argparse
import dataclasses
import os
import re
import subprocess

HERE = os.path.dirname(os.path.abspath(__file__))
PROGRAMS = ["tierd", "tierctl", "tier-train", "tier-bench"]

# What --help says in prose.
CHOICES = {"profile": ["eco", "balanced", "premium"], "kernel": ["linear", "rbf"],
           "machine": ["svr", "svc"], "scale": ["irt", "none"]}
FILES = re.compile(r"FILE|PATH|MODEL$")
COMMON = "Options of every command: tierctl --help"

OPTION = re.compile(r"^ {2,6}(?:-(?P<letter>\w), )?--(?P<name>[a-z][a-z0-9-]*)"
                    r"(?:(?:=| )(?P<value>[^\s]+))?(?:  +(?P<text>\S.*))?$")
COMMAND = re.compile(r"^  (?P<name>[a-z]+)(?:  +)(?:(?P<second>[a-z]+): )?(?P<text>\S.*)$")


@dataclasses.dataclass
class Option:
    name: str
    letter: str | None
    value: str | None  # what --help calls it
    text: str

    def kind(self):
        """none, choice, file, directory or other"""
        if not self.value:
            return "none"
        if self.name in CHOICES:
            return "choice"
        if self.value.startswith("DIR"):
            return "directory"
        return "file" if FILES.match(self.value) else "other"


@dataclasses.dataclass
class Command:
    words: list  # as typed: the program, then the command
    text: str  # what it does, of the list that it stands in
    help: str
    options: list
    commands: list

    def name(self):
        return " ".join(self.words)

    def usage(self):
        lines = []
        for line in self.help.splitlines():
            match = re.match(r"(?:[Uu]sage:| {6}) (\S.*)", line)
            if not match:
                break
            lines.append(match[1])
        return lines

    def takes_files(self):
        """As operands; files that follow an option's first one look like operands, too."""
        if any((option.value or "").startswith("FILE...") for option in self.options):
            return True
        return bool(re.search(r"(?<![-=\w])(?:FILE|MODEL|LIST|CATALOG|OLD|A B|COMMAND)\b",
                              re.sub(r"--[a-z-]+ \S+", "", " ".join(self.usage())))) and not self.commands

    def all(self):
        yield self
        for command in self.commands:
            yield from command.all()


def parse_options(text):
    """The options that stand in lists, with their texts joined."""
    options = []
    at = None  # the column of the text of the option before
    for line in text.splitlines():
        match = OPTION.match(line)
        if match:
            options.append(Option(match["name"], match["letter"], match["value"], match["text"] or ""))
            at = match.start("text") if match["text"] else None
            continue
        indent = len(line) - len(line.lstrip())
        if options and line.strip() and indent > 8 and (at is None or indent == at):
            options[-1].text = (options[-1].text + " " + line.strip()).strip()
            at = indent
        else:
            at = -1
    return options


def ask(programs, words):
    """A command's --help, or --help-all where there is one: it has all options."""
    def answer(question):
        return subprocess.run([programs[words[0]], *words[1:], question], check=True, text=True,
                              stdout=subprocess.PIPE).stdout
    said = answer("--help")
    return answer("--help-all") if "--help-all" in said else said


def read_command(programs, words, text, inherited=()):
    answer = ask(programs, words)
    options = parse_options(answer)
    if COMMON in answer:
        options += [option for option in inherited if option.name not in {o.name for o in options}]
    command = Command(words, text, answer, options, [])
    for line in answer.splitlines():
        match = COMMAND.match(line)
        if match and len(words) < 3 and words != ["tierd"]:
            second = [match["second"]] if match["second"] else []
            command.commands.append(read_command(programs, [*words, match["name"], *second], match["text"],
                                                 options))
    return command


# ------------------------------------------------------------------ the manual


def scd(text):
    """Text as scdoc takes it literally."""
    return re.sub(r"([\\*_<>`])", r"\\\1", text)


def scd_option(option):
    names = ([f"*-{option.letter}*"] if option.letter else []) + [f"*--{option.name}*"]
    value = f" _{scd(option.value)}_" if option.value else ""
    return f"{', '.join(names)}{value}\n\t{scd(sentence(option.text))}\n"


def sentence(text):
    """Not with a capital: the first word may be a value, as typed."""
    return text + ("" if text.endswith(".") else ".")


def scd_options(command, inherited):
    lines = [scd_option(option) for option in command.options if option.name not in inherited]
    return "\n".join(lines)


def scd_settings(dump):
    """The config file's settings, from --dump-config: groups, help, default."""
    lines, text = [], None
    for line in dump.splitlines():
        group = re.fullmatch(r"# --- (.*) ---", line)
        setting = re.fullmatch(r"([a-z0-9-]+) = (.*)", line)
        if group:
            lines.append(f"## {group[1]}\n")
        elif line.startswith("# "):
            text = line[2:]
        elif setting:
            shown = "nothing" if setting[2] in ("", '""') else f"*{scd(setting[2])}*"
            lines.append(f"*{setting[1]}*\n\t{scd(sentence(text))} Default: {shown}.\n")
    return "\n".join(lines)


def manual(tree, dump):
    """Page name to scdoc source."""
    commands = {command.name(): command for program in tree for command in program.all()}
    pages = {}
    for name in sorted(os.listdir(HERE)):
        if not name.endswith(".scd"):
            continue
        with open(os.path.join(HERE, name)) as file:
            text = file.read()

        def options_of(match):
            command = commands[match[1]]
            root = commands[command.words[0]]
            common = {o.name for o in root.options} if COMMON in command.help else set()
            return scd_options(command, common)

        text = re.sub(r"(?m)^@options (.+)@$", options_of, text)
        text = re.sub(r"(?m)^@settings@$", lambda _: scd_settings(dump), text)
        pages[name] = text
    return pages


# ------------------------------------------------------------------ completion


def quote(text):
    """In single quotes, for any of the shells."""
    return "'" + text.replace("'", "'\\''") + "'"


BASH = """# bash completion of {program}; made from its --help.
{function}() {{
    local cur=${{COMP_WORDS[COMP_CWORD]}} prev=${{COMP_WORDS[COMP_CWORD-1]}} path={program} i
    # The shell splits --name=value at the sign.
    if [ "$cur" = "=" ]; then
        cur=
    elif [ "$prev" = "=" ]; then
        prev=${{COMP_WORDS[COMP_CWORD-2]}}
    fi
    for ((i = 1; i < COMP_CWORD; i++)); do
        case "$path ${{COMP_WORDS[i]}}" in
{paths}        esac
    done
    COMPREPLY=()
    case "$path:$prev" in
{values}    esac
    case "$path" in
{words}    esac
}}
complete -F {function} {program}
"""


def bash(program):
    values, words, paths = [], [], []
    for command in program.all():
        path = command.name()
        by_kind = {}
        for option in command.options:
            by_kind.setdefault(option.kind(), []).append(option)
            if option.kind() == "choice":
                values.append((f"{path}:--{option.name}", f'COMPREPLY=($(compgen -W "{" ".join(CHOICES[option.name])}" -- "$cur"))'))
        for kind, action in (("file", 'compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))'),
                             ("directory", 'compopt -o filenames; COMPREPLY=($(compgen -d -- "$cur"))'),
                             ("other", ":")):
            names = [f"{path}:--{o.name}" for o in by_kind.get(kind, [])]
            names += [f"{path}:-{o.letter}" for o in by_kind.get(kind, []) if o.letter]
            if names:
                values.append(('"' + '" | "'.join(names) + '"', action))
        long = " ".join(f"--{option.name}" for option in command.options)
        subcommands = " ".join(sorted({sub.words[len(command.words)] for sub in command.commands}))
        files = ('compopt -o filenames; COMPREPLY=($(compgen -f -- "$cur"))' if command.takes_files() else ":")
        word = f'COMPREPLY=($(compgen -W "{subcommands}" -- "$cur"))' if subcommands else files
        words.append(f'        "{path}")\n            case "$cur" in\n'
                     f'                -*) COMPREPLY=($(compgen -W "{long}" -- "$cur")) ;;\n'
                     f'                *) {word} ;;\n            esac\n            ;;\n')
        for sub in command.commands:
            for end in range(len(command.words) + 1, len(sub.words) + 1):
                paths.append(" ".join(sub.words[:end]))
            if len(sub.words) - len(command.words) == 2:  # the word between takes the second one
                words.append(f'        "{" ".join(sub.words[:-1])}")\n'
                             f'            COMPREPLY=($(compgen -W "{sub.words[-1]}" -- "$cur")) ;;\n')
    shown = "".join(f'            "{path}") path="{path}" ;;\n' for path in dict.fromkeys(paths))
    shown_values = "".join(f"        {key if key.startswith(chr(34)) else chr(34) + key + chr(34)})\n"
                           f"            {action}; return ;;\n" for key, action in values)
    return BASH.format(program=program.words[0], function="_" + program.words[0].replace("-", "_"),
                       paths=shown or "            *) ;;\n", values=shown_values or "        *) ;;\n",
                       words="".join(words))


def zsh_spec(option):
    """One _arguments spec; brackets and colons in it would end its parts."""
    text = re.sub(r"([\[\]:\\])", r"\\\1", option.text)
    value = (option.value or "").replace(":", r"\:")
    action = {"none": "", "choice": f":{value}:({' '.join(CHOICES.get(option.name, []))})",
              "file": f":{value}:_files", "directory": f":{value}:_files -/",
              "other": f":{value}: "}[option.kind()]
    sign = "=" if option.value else ""
    specs = [quote(f"*--{option.name}{sign}[{text}]{action}")]
    if option.letter:
        specs.append(quote(f"*-{option.letter}[{text}]{action}"))
    return specs


def zsh(program):
    name = program.words[0]
    function = "_" + name
    out = [f"#compdef {name}", f"# zsh completion of {name}; made from its --help.", "",
           f"{function}() {{", f"    local path_={name} i n=1", "    local -a specs",
           "    for ((i = 2; i < CURRENT; i++)); do", '        case "$path_ $words[i]" in']
    paths = []
    for command in program.all():
        for sub in command.commands:
            paths += [" ".join(sub.words[:end]) for end in range(len(command.words) + 1, len(sub.words) + 1)]
    for path in dict.fromkeys(paths):
        out.append(f'            "{path}") path_="{path}"; n=$i ;;')
    out += ["            *) ;;", "        esac", "    done",
            "    # What comes before the command does not count as its operands.",
            "    if ((n > 1)); then", '        words=("${(@)words[n,-1]}")', "        ((CURRENT -= n - 1))",
            "    fi", '    case "$path_" in']
    between = {}
    for command in program.all():
        specs = [spec for option in command.options for spec in zsh_spec(option)]
        subs = sorted({(sub.words[len(command.words)], sub.text) for sub in command.commands})
        for sub in command.commands:
            if len(sub.words) - len(command.words) == 2:
                between[" ".join(sub.words[:-1])] = (sub.words[-1], sub.text)
        if subs:
            described = " ".join(quote(re.sub(r"([:\\])", r"\\\1", sub) + "\\:" +
                                       re.sub(r"[:()\"\\]", " ", text).replace("'", " ").replace(" ", "\\ "))[1:-1] for sub, text in subs)
            specs.append(quote(f"1:command:(({described}))"))
        elif command.takes_files():
            specs.append(quote("*:file:_files"))
        out.append(f'        "{command.name()}")\n            specs=(' + "\n                ".join(specs) + ") ;;")
    for path, (word, text) in between.items():
        out.append(f'        "{path}")\n            specs=({quote(f"1:command:({word})")}) ;;')
    out += ["    esac", "    _arguments $specs", "}", "", f'{function} "$@"', ""]
    return "\n".join(out)


def fish(program):
    name = program.words[0]
    out = [f"# fish completion of {name}; made from its --help.", f"complete -c {name} -f"]
    for command in program.all():
        words = command.words[1:]
        subs = sorted({(sub.words[len(command.words)], sub.text) for sub in command.commands})
        seen = "; and ".join(f"__fish_seen_subcommand_from {word}" for word in words)
        # At the top the options of every command are offered everywhere.
        condition = f" -n {quote(seen)}" if seen else ""
        if subs:
            taken = "not __fish_seen_subcommand_from " + " ".join(sub for sub, _ in subs)
            where = f"{seen}; and {taken}" if seen else taken
            for sub, text in subs:
                out.append(f"complete -c {name} -n {quote(where)} -a {sub} -d {quote(text)}")
        for sub in command.commands:
            if len(sub.words) - len(command.words) == 2:
                first, second = sub.words[-2:]
                out.append(f"complete -c {name} -n "
                           f"{quote(f'__fish_seen_subcommand_from {first}; and not __fish_seen_subcommand_from {second}')}"
                           f" -a {second}")
        if command.takes_files():
            out.append(f"complete -c {name}{condition} -F")
        for option in command.options:
            action = {"none": "", "choice": f" -x -a {quote(' '.join(CHOICES.get(option.name, [])))}",
                      "file": " -r -F", "directory": " -x -a '(__fish_complete_directories)'",
                      "other": " -x"}[option.kind()]
            letter = f" -s {option.letter}" if option.letter else ""
            out.append(f"complete -c {name}{condition} -l {option.name}{letter}{action} -d {quote(option.text)}")
    return "\n".join(out) + "\n"


def read_tree(directory, tierd):
    """The programs' commands; tierd may be another file than the one in the directory."""
    programs = {name: os.path.join(directory, name) for name in PROGRAMS}
    programs["tierd"] = tierd
    return [read_command(programs, [name], "") for name in PROGRAMS]


def write(directory, name, text):
    os.makedirs(directory, exist_ok=True)
    with open(os.path.join(directory, name), "w") as file:
        file.write(text)


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--programs", required=True, metavar="DIR", help="where the built programs are")
    parser.add_argument("--tierd", required=True, metavar="FILE", help="the tierd that is installed")
    parser.add_argument("--out", required=True, metavar="DIR", help="where to write")
    arguments = parser.parse_args()
    tree = read_tree(arguments.programs, arguments.tierd)
    dump = subprocess.run([arguments.tierd, "--dump-config"], check=True, text=True,
                          stdout=subprocess.PIPE).stdout
    for name, text in manual(tree, dump).items():
        write(os.path.join(arguments.out, "man"), name, text)
    for program in tree:
        name = program.words[0]
        write(os.path.join(arguments.out, "bash"), name, bash(program))
        write(os.path.join(arguments.out, "zsh"), "_" + name, zsh(program))
        write(os.path.join(arguments.out, "fish"), name + ".fish", fish(program))


if __name__ == "__main__":
    main()
