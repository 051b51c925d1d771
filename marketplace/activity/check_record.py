"""Check the activity record, or a proof or list of seals from it, without the service.

    python check_record.py FILE --trust FINGERPRINT [--against KEPT_SEAL]

FILE is an export, the public list of seals, or the proof of a receipt. It needs Python 3.11 and
the package `cryptography`, and nothing of the service, which checks itself with this same file.

The forms. JSON is canonical: sorted keys, no spaces, UTF-8 (RFC 8785 in spirit). Digests are
SHA-256 (FIPS 180-4). Each record of a chain carries the digest of the one before. A seal signs
(Ed25519, RFC 8032) the root of a Merkle tree (RFC 9162, section 2.1) with a leaf for each chain,
in which the records since its last seal have a tree of their own; and it carries the digest of
the seal before. A key names the one that it follows, and that one signs for it if it still can.

Exit code: 0 all holds, 1 something does not, 2 nothing could be checked, 3 it holds, and
something is to be looked into.
"""

import argparse
import hashlib
import json
import sys
from collections.abc import Callable, Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

Line = dict[str, Any]

GENESIS = "0" * 64
TOLERANCE = timedelta(minutes=10)
"""By how much clocks may differ, and how long an act may take from its time to its commit."""
LONGEST_UNSEALED = timedelta(hours=26)
MOST_FINDINGS = 1000
"""Of each kind: what is only strange must not leave out what is broken."""

ORDER = {
    **{"start": 0, "key": 1, "unsigned": 2, "seal": 3, "head": 3},
    **{"chain": 4, "record": 4, "segment": 4, "end": 5},
}
"""Kind of a line of an export → its part of it; none goes back to a part before."""
OF_SEALS = {"start", "key", "unsigned", "seal", "end"}
"""What the public list of seals holds."""

UNREADABLE = (
    *(KeyError, TypeError, ValueError, IndexError, AttributeError),
    *(OverflowError, RecursionError),
)
"""What a line raises that holds something else than it should."""

SEAL_FIELDS = ("number", "at", "previous", "key", "chains", "root")
KEY_FIELDS = (
    *("number", "key", "public", "previous", "after", "after_digest", "at", "because", "note"),
)
SEAL_MESSAGE = b"golden thread seal\n"
KEY_MESSAGE = b"golden thread key\n"

BROKEN, WAITING, ODD = "broken", "waiting", "odd"
"""The proof fails; something is to be done now; something in the past is strange."""


def canonical_json(value: Any) -> bytes:
    """The one byte form of a JSON value: sorted keys, no spaces, UTF-8."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def sha256(value: Any) -> str:
    """Hex SHA-256 (64 characters) of the canonical JSON of `value`."""
    return hashlib.sha256(canonical_json(value)).hexdigest()


def record_digest(
    *,
    chain: str,
    number: int,
    at: str,
    actor: int | None,
    verb: str,
    thing: str,
    detail: dict[str, Any],
    previous: str,
) -> str:
    """Digest of one record; `at` is ISO 8601 in UTC, `thing` is "app.model:id"."""
    about = {"chain": chain, "number": number, "at": at, "actor": actor, "verb": verb}
    return sha256(about | {"thing": thing, "detail": detail, "previous": previous})


def node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\1" + left + right).digest()


def record_leaf(record: Line) -> bytes:
    """What happened and the record's digest, apart: a proof shows the first and not its place."""
    what = sha256({name: record[name] for name in ("at", "verb", "thing", "detail")})
    return hashlib.sha256(b"\0" + bytes.fromhex(what + record["digest"])).digest()


def chain_mark(head: Line) -> str:
    return sha256([head["chain"], head["start"], head["length"], head["head"]])


def chain_leaf(records_root: str, mark: str) -> bytes:
    """A chain as one seal found it: its records since the last, and a mark of the rest."""
    return hashlib.sha256(b"\2" + bytes.fromhex(records_root + mark)).digest()


def moment(text: str) -> datetime:
    """Raises: ValueError: it names no zone, so nobody knows which moment it is."""
    at = datetime.fromisoformat(text)
    if at.utcoffset() is None:
        raise ValueError("a time without its zone")
    return at


def printable(text: str) -> str:
    """Nothing that moves a terminal's cursor, ends a line or turns its direction."""
    return "".join(each if each.isprintable() else f"\\u{ord(each):04x}" for each in text)


class Tree:
    """A Merkle tree (RFC 9162, section 2.1.1) whose leaves may be replaced or added, each at a
    cost of log n. An odd node stands a level higher as it is."""

    def __init__(self) -> None:
        self.levels: list[list[bytes]] = [[]]

    def __len__(self) -> int:
        return len(self.levels[0])

    def put(self, place: int, value: bytes) -> None:
        """Raises IndexError: there is no such place, nor is it the next."""
        for height in range(len(self) + 1):
            level = self.levels[height]
            if place == len(level):
                level.append(value)
            else:
                level[place] = value
            if len(level) == 1:
                return
            pair = level[place - place % 2 : place - place % 2 + 2]
            value = node(*pair) if len(pair) == 2 else pair[0]
            place //= 2
            if height + 1 == len(self.levels):
                self.levels.append([])

    def root(self) -> str:
        return (self.levels[-1][0] if len(self) else hashlib.sha256(b"").digest()).hex()

    def path(self, place: int) -> list[list[str]]:
        """[side, hash] of each neighbour from a leaf up to the root."""
        found = []
        for level in self.levels[:-1]:
            if (other := place ^ 1) < len(level):
                found.append(["left" if other < place else "right", level[other].hex()])
            place //= 2
        return found


class Gathered:
    """The root of a `Tree` over leaves that come one by one, in memory of log n."""

    def __init__(self) -> None:
        self.count, self.peaks = 0, list[bytes]()

    def add(self, leaf: bytes) -> None:
        self.peaks.append(leaf)
        self.count += 1
        for _ in range((self.count & -self.count).bit_length() - 1):
            right = self.peaks.pop()
            self.peaks.append(node(self.peaks.pop(), right))

    def root(self) -> str:
        whole = self.peaks[-1] if self.peaks else hashlib.sha256(b"").digest()
        for peak in reversed(self.peaks[:-1]):
            whole = node(peak, whole)
        return whole.hex()


def climb(leaf: bytes, path: Iterable[Sequence[str]]) -> bytes:
    for side, other in path:
        pair = (bytes.fromhex(other), leaf) if side == "left" else (leaf, bytes.fromhex(other))
        leaf = node(*pair)
    return leaf


def statement(line: Line, fields: Sequence[str]) -> Line:
    return {name: line.get(name) for name in fields}


def signs(public: Any, message: bytes, signature: Any) -> bool:
    """Whether this is the Ed25519 signature (hex) of a message by a public key (hex)."""
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(public))
        key.verify(bytes.fromhex(signature), message)
    except (InvalidSignature, ValueError, TypeError):
        return False
    return True


def fingerprint(public: str) -> str:
    """SHA-256 (hex) of the 32 bytes of a public key, by which it is known."""
    return hashlib.sha256(bytes.fromhex(public)).hexdigest()


def previous_of_first(unsigned: Sequence[Sequence[str]]) -> str:
    """What the first signed seal carries of the unsigned ones before it: [day, digest] each."""
    return sha256([list(each) for each in unsigned]) if unsigned else GENESIS


@dataclass(frozen=True)
class Finding:
    """`kind` is one of BROKEN, WAITING, ODD; `where` a chain, seal or key; `what` a sentence."""

    kind: str
    where: str
    what: str

    def __str__(self) -> str:
        return f"{self.where}: {self.what}"


@dataclass
class Sealed:
    """What seals say of one chain: its leaf's place, its sealed end, a digest of all its heads."""

    place: int
    length: int = 0
    head: str = GENESIS
    heads: str = GENESIS

    def add(self, head: Line) -> None:
        self.length, self.head = head["length"], head["head"]
        self.heads = sha256([self.heads, head["seal"], statement(head, HEAD_FIELDS)])


HEAD_FIELDS = ("place", "chain", "start", "length", "head", "records")


@dataclass
class OpenChain:
    """The chain whose records are being read."""

    line: Line
    own: Sealed
    previous: str = GENESIS
    number: int = 0
    at: datetime | None = None
    is_broken: bool = False
    sealed: int = 0
    fresh: Gathered = field(default_factory=Gathered)
    times: list[datetime] = field(default_factory=list)
    """The earliest and the latest time of a record since the last seal."""


class Checker:
    """Takes the lines of an export one after the other; memory grows with chains and seals only.

    Args:
        trusted: fingerprints of keys that are known from outside the record.
        kept: seals that were kept elsewhere, as they were published.
    """

    def __init__(self, *, trusted: Collection[str] = (), kept: Sequence[Line] = ()) -> None:
        self.findings: list[Finding] = []
        self.said: dict[str, set[Finding]] = {}
        self.trusted, self.kept = {each.lower() for each in trusted}, kept
        self.keys: list[Line] = []
        self.vouched: set[str] | None = None
        self.unsigned: list[tuple[str, str]] = []
        self.wanted: dict[str, dict[int, set[str]]] = {}
        self.last: Line | None = None
        self.seal: Line | None = None
        self.place = -1
        self.times: list[datetime | None] = []
        self.digests: dict[int, str] = {}
        self.tree = Tree()
        self.sealed: dict[str, Sealed] = {}
        self.chain: OpenChain | None = None
        self.seen: set[str] = set()
        self.part = -1
        self.start: Line = {}
        self.end: Line | None = None
        self.chains = self.records = self.unsealed = 0
        self.waits_since: datetime | None = None

    def say(self, kind: str, where: str, what: str) -> None:
        found = Finding(kind, printable(where), printable(what))
        said = self.said.setdefault(kind, set())
        if found not in said and len(said) < MOST_FINDINGS:
            said.add(found)
            self.findings.append(found)

    def take(self, line: Line) -> None:
        kind = str(line.get("kind"))
        if self.end is not None:
            return self.say(BROKEN, "export", "something stands after its end.")
        self._look_at_order(kind)
        if kind not in ("start", "key") and self.vouched is None:
            self._read(self._vouch, "keys")
        if kind not in ("start", "key", "unsigned", "head", "record", "segment"):
            self._read(self._close_seal, "seals")
            self._read(self._close_chain, str(self.chain and self.chain.line.get("chain")))
        take = getattr(self, f"_take_{kind}", self._take_unknown)
        where = str(line.get("chain") or f"{kind} {line.get('number', '')}".strip())
        return self._read(lambda: take(line), where)

    def _read(self, take: Callable[[], None], where: str) -> None:
        """Whatever stands in a line, those after it are read."""
        try:
            take()
        except UNREADABLE as error:
            if self.chain:
                self.chain.is_broken = True
            self.say(BROKEN, where, f"can’t be read ({type(error).__name__}).")

    def _look_at_order(self, kind: str) -> None:
        part = ORDER.get(kind, self.part)
        if part < self.part or (self.part < 0) != (kind == "start"):
            self.say(BROKEN, "export", f"a line of the kind {kind} stands where none belongs.")
        self.part = max(part, self.part, 0)
        if self.start.get("of") == "seals" and kind not in OF_SEALS:
            self.say(BROKEN, "export", f"a list of seals holds no line of the kind {kind}.")

    def finish(self) -> list[Finding]:
        if self.end is None:
            self.say(BROKEN, "export", "it is cut off: its last line is missing.")
        if self.start.get("of") != "seals":
            for key in [key for key in (*self.sealed, *self.wanted) if key not in self.seen]:
                self.say(BROKEN, str(key), "the chain was sealed and has gone.")
        self._read(self._look_at_keys, "keys")
        # One is enough to say: those after it follow from it.
        next((each for each in self.kept if self._differs(each)), None)
        self._read(self._look_at_now, "export")
        return self.findings

    def looked_at(self) -> str:
        """Whoever reads it must see if it was an old export, or seals and no record."""
        seals = f"{len(self.times)} seals as of {printable(str(self.start.get('at')))}"
        if self.start.get("of") == "seals":
            return f"{seals}, and no record."
        return f"{self.chains} chains, {self.records} records, {seals}."

    # --- Keys -----------------------------------------------------------------------

    def _take_start(self, line: Line) -> None:
        if self.start:
            return
        self.start = line
        if line.get("form") != 1 or line.get("of") not in ("record", "seals"):
            self.say(BROKEN, "export", "it is of a form that is not known.")

    def _take_key(self, line: Line) -> None:
        before = self.keys[-1] if self.keys else None
        self.keys.append(line)
        where = f"key {line.get('number')}"
        message = KEY_MESSAGE + canonical_json(statement(line, KEY_FIELDS))
        if line["number"] != len(self.keys) or line["previous"] != (before or {}).get("key", ""):
            self.say(BROKEN, where, "it does not follow from the key before.")
        if before and line["after"] < before["after"]:
            self.say(BROKEN, where, "it begins before the key before.")
        if fingerprint(line["public"]) != line["key"]:
            self.say(BROKEN, where, "its fingerprint is not that of the key.")
        if not signs(line["public"], message, line["signature"]):
            self.say(BROKEN, where, "its own signature does not hold.")
        is_owed = line["because"] == "rotated" or line["endorsement"] != ""
        if is_owed and not (before and self._endorses(before, line)):
            self.say(BROKEN, where, "the key before did not sign for it.")

    @staticmethod
    def _endorses(old: Line, new: Line) -> bool:
        message = KEY_MESSAGE + canonical_json(statement(new, KEY_FIELDS))
        return signs(old["public"], message, new.get("endorsement"))

    def _vouch(self) -> None:
        """Trust runs from a key to the one that it signed for, and to the one that it follows."""
        vouched = {line["key"] for line in self.keys if line.get("key") in self.trusted}
        if not self.trusted:
            vouched = {str(line.get("key")) for line in self.keys}
            if self.keys:
                self.say(
                    WAITING,
                    "keys",
                    "no fingerprint from outside the record was given; whoever wrote the record "
                    "could have made these keys too.",
                )
        pairs = list(zip(self.keys, self.keys[1:], strict=False))
        for old, new in pairs:
            if old.get("key") in vouched and self._endorses(old, new):
                vouched.add(new["key"])
        for old, new in reversed(pairs):
            if new.get("key") in vouched:
                vouched.add(old["key"])
        self.vouched = vouched

    def _look_at_keys(self) -> None:
        for line in self.keys:
            if line["after"] and line["after"] not in self.digests:
                where = f"key {line['number']}"
                self.say(BROKEN, where, "it begins after a seal that is not there.")

    def _key_of(self, number: int) -> Line | None:
        found = [line for line in self.keys if line["after"] < number]
        return found[-1] if found else None

    # --- Seals ----------------------------------------------------------------------

    def _take_unsigned(self, line: Line) -> None:
        self.unsigned.append((line["on"], line["digest"]))
        if self.start.get("of") == "seals":
            return
        if sha256(line["heads"]) != line["digest"]:
            self.say(BROKEN, f"unsigned seal of {line['on']}", "it was changed.")
        for key, (length, head) in line["heads"].items():
            if length:
                self.wanted.setdefault(key, {}).setdefault(length, set()).add(head)

    def _take_seal(self, line: Line) -> None:
        number = len(self.times) + 1
        where = f"seal {line.get('number')}"
        self.times.append(None)
        self.seal, self.place = line, -1
        if line["number"] != number:
            self.say(BROKEN, where, f"seal {number} is missing before it, or it is there twice.")
        before = self.last["digest"] if self.last else previous_of_first(self.unsigned)
        self.last = line
        self.digests[line["number"]] = line["digest"]
        if line["previous"] != before:
            self.say(BROKEN, where, "it does not follow from the seal before.")
        if sha256(statement(line, SEAL_FIELDS)) != line["digest"]:
            self.say(BROKEN, where, "it was changed: its digest is another.")
        self._check_signature(where, line)
        at = self.times[-1] = moment(line["at"])
        earlier = self.times[-2] if number > 1 else None
        if earlier and at < earlier - TOLERANCE:
            self.say(ODD, where, "its time is before that of the seal before: the clock went back.")
        if earlier and (at.date() - earlier.date()).days > 1:
            self.say(ODD, where, f"no day between {earlier.date()} and {at.date()} has a seal.")

    def _check_signature(self, where: str, line: Line) -> None:
        key = self._key_of(line["number"])
        message = SEAL_MESSAGE + canonical_json(statement(line, SEAL_FIELDS))
        if key is None or key["key"] != line["key"]:
            self.say(BROKEN, where, "it is not signed by the key that was in force.")
        elif not signs(key["public"], message, line["signature"]):
            self.say(BROKEN, where, "its signature does not hold.")
        elif key["key"] not in (self.vouched or ()):
            self.say(BROKEN, f"key {key['number']}", "nobody vouches for it, and it signed seals.")
        after = next((each for each in self.keys if each["after"] == line["number"]), None)
        if after and after["after_digest"] != line["digest"]:
            self.say(BROKEN, where, f"it is not the one after which key {after['number']} begins.")

    def _take_head(self, line: Line) -> None:
        if self.seal is None or line["seal"] != self.seal["number"]:
            return self.say(BROKEN, line["chain"], "the end of it stands under no seal.")
        own = self.sealed.get(line["chain"])
        if own is None:
            own = self.sealed[line["chain"]] = Sealed(place=len(self.tree))
        where = f"seal {line['seal']}"
        if (line["place"], line["start"]) != (own.place, own.length):
            self.say(BROKEN, where, f"{line['chain']} does not go on from where it was sealed.")
        if line["place"] <= self.place:
            self.say(BROKEN, where, "chains stand in it in another order.")
        self.place = line["place"]
        if not own.length < line["length"]:
            self.say(BROKEN, where, f"{line['chain']} grew no longer.")
        own.add(line)
        return self.tree.put(own.place, chain_leaf(line["records"], chain_mark(line)))

    def _close_seal(self) -> None:
        seal, self.seal = self.seal, None
        if seal is None or self.start.get("of") == "seals":
            return
        if (self.tree.root(), len(self.tree)) != (seal.get("root"), seal.get("chains")):
            self.say(BROKEN, f"seal {seal.get('number')}", "what it sealed is not what is here.")

    # --- Chains ---------------------------------------------------------------------

    def _take_chain(self, line: Line) -> None:
        key = line["chain"]
        if key in self.seen:
            self.say(BROKEN, key, "the chain is there twice.")
        self.seen.add(key)
        self.chains += 1
        self.chain = OpenChain(line, self.sealed.get(key) or Sealed(place=-1))
        if line.get("missing"):
            self.say(BROKEN, key, "there are records of it, and the chain has gone.")

    def _take_record(self, line: Line) -> None:
        self.records += 1
        chain = self.chain
        if chain is None or line["chain"] != chain.line["chain"]:
            return self.say(BROKEN, line["chain"], "a record stands outside its chain.")
        if chain.is_broken:
            return None
        chain.number += 1
        about = ("chain", "number", "at", "actor", "verb", "thing", "detail", "previous")
        whole = line["number"] == chain.number and line["previous"] == chain.previous
        if not whole or sha256(statement(line, about)) != line["digest"]:
            return self._break(chain, f"broken at record {chain.number} of {chain.line['length']}.")
        chain.previous = line["digest"]
        heads = self.wanted.get(line["chain"], {}).pop(chain.number, {chain.previous})
        if heads != {chain.previous}:
            return self._break(chain, f"record {chain.number} is not what an unsigned seal says.")
        at = moment(line["at"])
        if chain.at and at < chain.at - TOLERANCE:
            self.say(
                ODD, line["chain"], f"at record {chain.number} the time goes back to {line['at']}."
            )
        chain.at = at
        chain.times = [min([at, *chain.times]), max([at, *chain.times])]
        return chain.fresh.add(record_leaf(line))

    def _break(self, chain: OpenChain, what: str) -> None:
        chain.is_broken = True
        self.say(BROKEN, chain.line["chain"], what)

    def _take_segment(self, line: Line) -> None:
        """The end of what one seal sealed of the chain stands here."""
        chain = self.chain
        if chain is None or line["chain"] != chain.line["chain"]:
            return self.say(BROKEN, line["chain"], "the end of it stands outside its chain.")
        if chain.is_broken:
            return None
        seal = line["seal"]
        if (chain.number, chain.previous) != (line["length"], line["head"]):
            return self._break(chain, f"does not match seal {seal}.")
        if chain.fresh.root() != line["records"]:
            return self._break(chain, f"its records are not those of seal {seal}.")
        copy = Sealed(place=line["place"], heads=chain.line.setdefault("heads", GENESIS))
        copy.add(line)
        chain.line["heads"] = copy.heads
        self._compare_times(chain, seal)
        chain.sealed, chain.fresh, chain.times = chain.number, Gathered(), []
        return None

    def _compare_times(self, chain: OpenChain, seal: int) -> None:
        at, before = self.times[seal - 1], self.times[seal - 2] if seal > 1 else None
        first, last = chain.times
        if at and last > at + TOLERANCE:
            self.say(
                ODD, chain.line["chain"], f"a record of {last} stands in the earlier seal {seal}."
            )
        if before and first < before - TOLERANCE:
            self.say(
                ODD,
                chain.line["chain"],
                f"a record of {first} came in only after seal {seal - 1}, of {before}.",
            )

    def _close_chain(self) -> None:
        chain, self.chain = self.chain, None
        if chain is None or chain.is_broken:
            return None
        line = chain.line
        if (chain.number, chain.previous) != (line.get("length"), line.get("head")):
            at = min(chain.number, int(line.get("length") or 0)) + 1
            return self._break(chain, f"broken at record {at} of {line.get('length')}.")
        if line.get("heads", GENESIS) != chain.own.heads or chain.sealed != chain.own.length:
            return self._break(chain, "it does not hold what was sealed of it.")
        if self.wanted.get(line["chain"]):
            return self._break(chain, "it is shorter than an unsigned seal says.")
        self.unsealed += chain.number - chain.sealed
        if chain.times:
            self.waits_since = min(filter(None, [self.waits_since, chain.times[0]]))
        return None

    def _take_end(self, line: Line) -> None:
        self.end = line
        counted = {"seals": len(self.times)}
        if self.start.get("of") != "seals":
            counted |= {"chains": self.chains, "records": self.records}
        if {name: line.get(name) for name in counted} != counted:
            self.say(BROKEN, "export", "it does not hold as many lines of a kind as it says.")

    def _take_unknown(self, line: Line) -> None:
        self.say(BROKEN, "export", "it holds a line of a kind that is not known.")

    # --- Now, and what was kept elsewhere -----------------------------------------------

    def _differs(self, kept: Line) -> bool:
        number = kept["number"] if isinstance(kept.get("number"), int) else 0
        key = next((line for line in self.keys if line.get("key") == kept.get("key")), None)
        message = SEAL_MESSAGE + canonical_json(statement(kept, SEAL_FIELDS))
        if sha256(statement(kept, SEAL_FIELDS)) != kept.get("digest"):
            why = "the kept copy was changed."
        elif number not in self.digests:
            why = f"the record has no such seal; it has {len(self.digests)}."
        elif self.digests[number] != kept["digest"]:
            why = "the record has another seal of this number."
        elif key is None or not signs(key["public"], message, kept.get("signature")):
            why = "the record knows no key that signed it."
        else:
            return False
        self.say(BROKEN, f"kept seal {number}", why)
        return True

    def _look_at_now(self) -> None:
        now = moment(self.start["at"])
        last = self.times[-1] if self.times else None
        if self.waits_since and now - self.waits_since > LONGEST_UNSEALED:
            since = f"{self.waits_since:%Y-%m-%d %H:%M} UTC"
            self.say(WAITING, "seals", f"records wait for a seal since {since}.")
        elif last and now - last > LONGEST_UNSEALED:
            self.say(WAITING, "seals", f"there is no seal since {last:%Y-%m-%d %H:%M} UTC.")
        if last and last > now + TOLERANCE:
            self.say(ODD, f"seal {len(self.times)}", "its time is still to come.")


def check_proof(proof: Line, trusted: Collection[str]) -> list[Finding]:
    """Whether something that happened is in a seal, and who signed it."""
    checker = Checker(trusted=trusted)
    for line in proof["keys"]:
        checker._take_key(line)
    checker._vouch()
    record, seal = {**proof["what"], "digest": proof["record"]}, proof["seal"]
    found = climb(record_leaf(record), proof["in_chain"]).hex()
    if climb(chain_leaf(found, proof["chain"]), proof["in_seal"]).hex() != seal["root"]:
        checker.say(BROKEN, "proof", "what it says is not in the seal.")
    if sha256(statement(seal, SEAL_FIELDS)) != seal["digest"]:
        checker.say(BROKEN, f"seal {seal['number']}", "it was changed: its digest is another.")
    checker._check_signature(f"seal {seal['number']}", seal)
    return checker.findings


def kept_seals(text: str) -> Iterator[Line]:
    """Seals in a file, a mail or a page that somebody kept: whatever JSON in it is one."""
    decoder, at = json.JSONDecoder(), text.find("{")
    while at >= 0:
        try:
            found, end = decoder.raw_decode(text, at)
        except (ValueError, RecursionError):
            found, end = None, at + 1
        if isinstance(found, dict) and {"signature", *SEAL_FIELDS} <= set(found):
            yield found
        else:
            end = at + 1  # it may hold one, as a proof does
        at = text.find("{", end)


def no_twins(pairs: list[tuple[str, Any]]) -> Line:
    """For `json.loads`: refuse an object that says one name twice, as only one would be read."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError("a name stands twice in one object")
    return found


def exit_code(findings: Iterable[Finding]) -> int:
    kinds = {found.kind for found in findings}
    return 1 if BROKEN in kinds else 3 if kinds else 0


def main(arguments: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("file", help="an export, the public list of seals, or a proof")
    parser.add_argument("--trust", action="append", default=[], help="fingerprint of a public key")
    parser.add_argument("--against", action="append", default=[], help="file with a kept seal")
    options = parser.parse_args(arguments)
    try:
        kept = [seal for name in options.against for seal in kept_seals(_read(name))]
        if options.against and not kept:
            raise ValueError("there is no seal in what was kept")
        with open(options.file, encoding="utf-8-sig") as lines:
            what, findings = check_lines(lines, options.trust, kept)
    except ModuleNotFoundError:
        print("Signatures need the package cryptography: pip install cryptography")
        return 2
    except (OSError, *UNREADABLE) as error:
        print(printable(f"It could not be read: {error}"))
        return 2
    for found in findings:
        print(f"{found.kind.upper()}  {found}")
    print(f"Looked at: {what}")
    print(
        {0: "All of it holds.", 1: "It does not hold."}.get(exit_code(findings), "It holds; look.")
    )
    return exit_code(findings)


def check_lines(
    lines: Iterable[str], trusted: Sequence[str], kept: Sequence[Line]
) -> tuple[str, list[Finding]]:
    """What was looked at, in words, and what was found."""
    checker = Checker(trusted=trusted, kept=kept)
    proof: Line | None = None
    for count, text in enumerate(filter(str.strip, lines)):
        line = json.loads(text, object_pairs_hook=no_twins)
        if proof is not None or (count and line.get("kind") == "proof"):
            raise ValueError("a proof stands in a file of its own")
        if line.get("kind") == "proof":
            proof = line
        else:
            checker.take(line)
    if proof is not None:
        return f"one record, in seal {proof['seal']['number']}.", check_proof(proof, trusted)
    findings = checker.finish()
    return checker.looked_at(), findings


def _read(name: str) -> str:
    with open(name, encoding="utf-8") as file:
        return file.read()


if __name__ == "__main__":
    sys.exit(main())
