"""Writes golden.txt: every request and response this broker serves, in every version, as kio encodes it.

kio (a Python package) generates its codecs from Apache Kafka's own message schemas, and knows nothing of the
Go ones. Every field is filled, arrays have two elements, tagged fields are present. Run with kio installed:

    python3 golden.py > golden.txt
"""
import dataclasses, datetime, importlib, importlib.metadata, io, re, types, typing, uuid

from kio.serial import entity_writer
from kio.schema.errors import ErrorCode
from kio.static.constants import EntityType

APIS = {line.split()[1]: line.split() for line in open("kafka-4.4.txt") if not line.startswith("#")}
SPECIAL = {"ListConfigResources": ["list_config_resources", "list_client_metrics_resources"]}


class Filler:
    """Counts up, so that no two fields hold the same."""

    def __init__(self):
        self.n = 0

    def entity(self, cls):
        hints = typing.get_type_hints(cls)
        return cls(**{f.name: self.value(hints[f.name], f) for f in dataclasses.fields(cls)})

    def value(self, hint, field):
        origin, args = typing.get_origin(hint), typing.get_args(hint)
        if origin in (types.UnionType, typing.Union):
            return self.value(next(a for a in args if a is not type(None)), field)
        if origin is tuple:
            return tuple(self.value(args[0], field) for _ in range(2))
        while hasattr(hint, "__supertype__"):
            hint = hint.__supertype__
        if dataclasses.is_dataclass(hint):
            return self.entity(hint)
        self.n += 1
        if field.name == "isolation_level":
            return hint(1)  # Kafka knows 0 and 1
        return self.scalar(hint, field.metadata.get("kafka_type"))

    def scalar(self, hint, kind):
        n = self.n
        if kind == "uuid":
            return uuid.UUID(int=(n << 120) | n)
        if kind in ("bytes", "records"):
            return bytes([n % 256] * 3)
        if kind == "string":
            return "text%d" % n
        if kind == "bool":
            return True
        if kind == "error_code":
            return ErrorCode(n % 100 + 1)
        if kind == "float64":
            return hint(n)
        if kind in ("timedelta_i32", "timedelta_i64"):
            return hint.parse(datetime.timedelta(milliseconds=n))
        if kind == "datetime_i64":
            return hint.parse(datetime.datetime.fromtimestamp(n, datetime.timezone.utc))
        return hint(n % 127 if kind == "int8" else n)


def snake(name):
    return re.sub(r"(?<!^)(?=[A-Z])", "_", name).lower()


def encode(entity):
    out = io.BytesIO()
    entity_writer(type(entity))(out, entity)
    return out.getvalue()


def main():
    print("# Written by golden.py with kio", importlib.metadata.version("kio") + ": name, version, request body, response body")
    for name, (key, _, low, high, *_) in APIS.items():
        for version in range(int(low), int(high) + 1):
            line = [name, str(version)]
            for side in ("request", "response"):
                for package in SPECIAL.get(name, [snake(name)]):
                    try:
                        module = importlib.import_module(f"kio.schema.{package}.v{version}.{side}")
                    except ModuleNotFoundError:
                        continue
                    cls = next(c for c in vars(module).values() if dataclasses.is_dataclass(c) and c.__type__ is EntityType[side])
                    assert int(cls.__api_key__) == int(key)
                    line.append(encode(Filler().entity(cls)).hex() or "-")
                    break
            if len(line) == 4:
                print(*line)


main()
