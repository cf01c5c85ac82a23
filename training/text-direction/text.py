"""Random lines of text in many scripts, and whether a line says which way up it is."""

import random
from pathlib import Path

DICTIONARIES = ["american-english", "french", "ngerman", "spanish", "italian", "polish"]

#: Script: the fontconfig language that a font must support, and the letters of made-up words.
SCRIPTS = {
    "latin": ("en", "etaoinshrdlucmfwypvbgkjqxz"),
    "cyrillic": ("ru", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэф"),
    "greek": ("el", "αειοτσνηρπκμλυδγωχθφβξζψ"),
    "arabic": ("ar", "ابتثجحخدذرزسشصضطظعغفقكلمنهوي"),
    "devanagari": ("hi", "कखगघचछजटडणतथदधनपफबभमयरलवशसह"),
    "thai": ("th", "กขคงจชซญดตถทธนบปผพฟภมยรลวศสหอ"),
    "han": ("zh-cn", None),
    "kana": ("ja", None),
    "hangul": ("ko", None),
}
#: How often each script is drawn: the ones with many or small characters need more lines.
WEIGHTS = {"latin": 5, "cyrillic": 2, "arabic": 2, "thai": 2, "han": 3, "kana": 2, "hangul": 2}
MARKS = {"devanagari": "ािीुूेैोौ", "thai": "ะาำเแโ"}

#: Characters that turned by 180 degrees are, or pass for, a character again.
TURNS = set("0689oOxXsSzZHINlLi1|-=+:.,%/\\'_~*()[]{}<>unbqdpmwMWeayhVvΛ7ΘοОоХхНИΙΟΖΧНЖж")
#: Of these, those that pass only in some fonts: a line made of these alone says too little.
PUNCTUATION = ".,;:!?'-()"


def says_direction(line: str) -> bool:
    """At least two letters or digits of a line look wrong upside down."""
    return sum(c.isalnum() and c not in TURNS for c in line) >= 2


def letters(line: str) -> int:
    return sum(c.isalpha() for c in line)


class Writer:
    """Draws lines from one random generator."""

    def __init__(self, rng: random.Random, dictionaries: Path = Path("/usr/share/dict")):
        self.rng = rng
        self.words = []
        for name in DICTIONARIES:
            self.words.append((dictionaries / name).read_text("utf-8", "ignore").split())
        self.cyrillic = (dictionaries / "ukrainian").read_text("utf-8", "ignore").split()

    def script(self) -> str:
        names = list(SCRIPTS)
        return self.rng.choices(names, [WEIGHTS.get(n, 1) for n in names])[0]

    def word(self, script: str) -> str:
        rng = self.rng
        if script == "latin" and rng.random() < 0.85:
            return rng.choice(rng.choice(self.words))
        if script == "cyrillic" and rng.random() < 0.6:
            return rng.choice(self.cyrillic)
        n = rng.randint(2, 9)
        if script == "han":
            return "".join(chr(rng.randint(0x4E00, 0x8FFF)) for _ in range(rng.randint(1, 5)))
        if script == "kana":
            first = rng.choice([0x3042, 0x30A2])
            return "".join(chr(first + rng.randint(0, 75)) for _ in range(n))
        if script == "hangul":
            return "".join(chr(rng.randint(0xAC00, 0xD7A3)) for _ in range(rng.randint(1, 5)))
        alphabet = SCRIPTS[script][1]
        pick = rng.choices(alphabet, [1 / (3 + i) for i in range(len(alphabet))], k=n)
        if script in MARKS:
            pick = [c + (rng.choice(MARKS[script]) if rng.random() < 0.5 else "") for c in pick]
        return "".join(pick)

    def token(self, script: str) -> str:
        rng = self.rng
        if rng.random() < 0.12:
            number = str(rng.randint(0, 10 ** rng.randint(1, 6)))
            return rng.choice(["{}", "{}", "${}", "{}%", "({})", "{}.50", "No. {}"]).format(number)
        word = self.word(script)
        case = rng.random()
        word = word.upper() if case < 0.15 else word.capitalize() if case < 0.4 else word
        return word + (rng.choice(PUNCTUATION) if rng.random() < 0.12 else "")

    def line(self, script: str) -> str:
        """A line that says its direction, of four letters or more."""
        while True:
            many = self.rng.choice([1, 1, 2, 2, 3, 3, 4, 5, 6, 8])
            line = " ".join(self.token(script) for _ in range(many))[:60]
            if letters(line) >= 4 and says_direction(line):
                return line
