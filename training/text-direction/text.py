"""Random lines of text in many scripts, and whether a line says which way up it is."""

import random
import unicodedata
from pathlib import Path

#: Word lists of each script: of /usr/share/dict, or Hunspell's with their encodings. Words of other scripts are made up.
DICTIONARIES = {
    "latin": ["dict/american-english", "dict/french", "dict/ngerman", "dict/spanish", "dict/italian", "dict/polish"],
    "cyrillic": ["dict/ukrainian", "hunspell/ru_RU.dic", "hunspell/bg_BG.dic"],
    "greek": ["hunspell/el_GR.dic"],
    "arabic": ["hunspell/ar.dic"],
    "devanagari": ["hunspell/hi_IN.dic", "hunspell/ne_NP.dic"],
    "thai": ["hunspell/th_TH.dic"],
    "hangul": ["hunspell/ko.dic"],
}
ENCODINGS = {"hunspell/el_GR.dic": "iso8859-7"}
MOST_WORDS = 100_000
#: How often a word is one of the lists; that of Han, of the common characters.
KNOWN = {"latin": 0.85, "han": 0.5}

#: Script: the fontconfig language that a font must support, and the letters of made-up words.
SCRIPTS = {
    "latin": ("en", "etaoinshrdlucmfwypvbgkjqxz"),
    "cyrillic": ("ru", "оеаинтсрвлкмдпуяыьгзбчйхжшюцщэф"),
    "greek": ("el", "αειοτσνηρπκμλυδγωςάέίόχθήφύώβξζψ"),
    "arabic": ("ar", "الينمتربوعدسفهكقحجشطصخةأءضذثزىغظئإ"),
    "devanagari": ("hi", "कखगघचछजटडणतथदधनपफबभमयरलवशसह"),
    "thai": ("th", "กขคงจชซญดตถทธนบปผพฟภมยรลวศสหอ"),
    "han": ("zh-cn", None),
    "kana": ("ja", None),
    "hangul": ("ko", None),
}
#: The kinds of text that a line may be, and how often each is drawn.
KINDS = {"line": 4, "few": 3, "number": 2}
#: How often each script is drawn: the ones with many or small characters need more lines.
WEIGHTS = {"latin": 6, "cyrillic": 3, "greek": 3, "arabic": 3, "thai": 3, "han": 3, "kana": 2, "hangul": 2}
OLD_MARKS = ["", "\u0313", "\u0314", "\u0301", "\u0342", "\u0313\u0301", "\u0314\u0301"]
MARKS = {"devanagari": "ािीुूेैोौं्", "thai": "ะาำเแโิีุู่้์"}

#: Characters that turned by 180 degrees are, or pass for, a character again.
TURNS = set(
    "0689oOxXsSzZHINlLi1|-=+:.,%/\\'_~*()[]{}<>unbqdpmwMWeayhVvΛ7PUftj"
    "ОоХхНнИиПпШшЩщЦцРрСсЗзЭэеауфФЖж"
    "ΘθοόΟΙΖΧχΝΗνυύηήΡρλφΦ"
    "ـ一二三十口回日田中王工土干申車亜米器ロコエニーハへくつりい"
)
#: Of these, those that pass only in some fonts: a line made of these alone says too little.
PUNCTUATION = ".,;:!?'-()"



def says_direction(line: str) -> bool:
    """At least two letters or digits of a line, or one of Han, look wrong upside down."""
    telling = [c for c in line if c.isalnum() and c not in TURNS]
    return len(telling) >= 2 or any("一" <= c <= "鿿" for c in telling)


def letters(line: str) -> int:
    return sum(c.isalpha() for c in line)


def words_of(name: str, share: Path) -> list[str]:
    """The words of a list, without Hunspell's flags and counts."""
    text = (share / name).read_text(ENCODINGS.get(name, "utf-8"), "ignore")
    words = (unicodedata.normalize("NFC", row.split("/")[0].strip()) for row in text.splitlines())
    found = [word for word in words if word and not word[0].isdigit()]
    return found[:: 1 + len(found) // MOST_WORDS]


def common_han() -> str:
    """The 3755 characters of the first level of GB 2312, which nearly all of printed Chinese is made of."""
    return b"".join(bytes([row, cell]) for row in range(0xB0, 0xD8) for cell in range(0xA1, 0xFF)).decode("gb2312", "ignore")


class Writer:
    """Draws lines from one random generator."""

    def __init__(self, rng: random.Random, share: Path = Path("/usr/share")):
        self.rng = rng
        self.words = {script: [words_of(name, share) for name in names] for script, names in DICTIONARIES.items()}
        self.han = common_han()

    def script(self) -> str:
        names = list(SCRIPTS)
        return self.rng.choices(names, [WEIGHTS.get(n, 1) for n in names])[0]

    def kind(self) -> str:
        return self.rng.choices(list(KINDS), list(KINDS.values()))[0]

    def word(self, script: str) -> str:
        rng = self.rng
        known = rng.random() < KNOWN.get(script, 0.6)
        if known and script in self.words:
            return rng.choice(rng.choice(self.words[script]))
        n = rng.randint(2, 9)
        if script == "han":
            some = self.han if known else [chr(rng.randint(0x4E00, 0x8FFF)) for _ in range(5)]
            return "".join(rng.choices(some, k=rng.randint(1, 5)))
        if script == "kana":
            first = rng.choice([0x3042, 0x30A2])
            return "".join(chr(first + rng.randint(0, 75)) for _ in range(n))
        if script == "hangul":
            return "".join(chr(rng.randint(0xAC00, 0xD7A3)) for _ in range(rng.randint(1, 5)))
        alphabet = SCRIPTS[script][1]
        pick = rng.choices(alphabet, [1 / (3 + i) for i in range(len(alphabet))], k=n)
        if script in MARKS:
            pick = [c + (rng.choice(MARKS[script]) if rng.random() < 0.5 else "") for c in pick]
        if script == "greek" and rng.random() < 0.2:  # as before 1982
            pick = [unicodedata.normalize("NFC", c + rng.choice(OLD_MARKS)) if c in "αεηιουω" else c for c in pick]
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

    def number(self) -> str:
        """Digits as they stand alone: amounts, dates, times, codes, telephone numbers."""
        rng = self.rng
        digit = lambda least, most: "".join(rng.choices("0123456789", k=rng.randint(least, most)))  # noqa: E731
        kind = rng.randrange(10)
        if kind < 4:
            return digit(3, 9)
        if kind == 4:
            return rng.choice(["{}-{}-{}", "{}/{}/{}", "{}.{}.{}"]).format(digit(2, 2), digit(2, 2), digit(2, 4))
        if kind == 5:
            return f"{digit(1, 2)}:{digit(2, 2)}" + rng.choice(["", "", f":{digit(2, 2)}", " am", " pm"])
        if kind == 6:
            return rng.choice(["${}.{}", "{}.{} kg", "{},{}", "{}.{} %", "€{}.{}", "{}.{}"]).format(digit(1, 4), digit(2, 2))
        if kind == 7:
            return f"+{digit(2, 2)} {digit(3, 4)} {digit(3, 7)}"
        if kind == 8:
            letters = "".join(rng.choices("ABCDEFGHIJKLMNOPQRSTUVWXYZ", k=rng.randint(1, 3)))
            return letters + rng.choice(["", "-", " "]) + digit(1, 5)
        return f"{digit(1, 3)} {digit(1, 3)} {digit(1, 4)}"

    def few(self, script: str) -> str:
        """A word or a piece of one: three letters, or one to four that are syllables or words."""
        rng = self.rng
        if script in ("han", "kana", "hangul"):
            return self.word(script)[: rng.randint(1, 4)]
        if rng.random() < 0.4:
            letters = SCRIPTS[script][1]
            some = "".join(rng.choices(letters, k=3))
            return rng.choice([some, some.upper(), some.capitalize()])
        word = self.word(script)
        word = rng.choice([word, word, word.upper(), word.capitalize()])
        return word if rng.random() < 0.5 else word[: rng.randint(3, 5)]

    def draft(self, script: str, kind: str) -> str:
        if kind == "number":
            return self.number()
        if kind == "few":
            return self.few(script)
        if kind == "three":
            text = "".join(self.rng.choices(SCRIPTS[script][1], k=3))
            return self.rng.choice([text, text.upper(), text.capitalize()])
        many = self.rng.choice([1, 1, 2, 2, 3, 3, 4, 5, 6, 8])
        return " ".join(self.token(script) for _ in range(many))[:60]

    def line(self, script: str, kind: str = "line") -> str:
        """A text that says its direction: a `line` of four letters or more, `few` letters, `three`, or a `number`."""
        while True:
            text = self.draft(script, kind)
            if says_direction(text) and (kind != "line" or letters(text) >= 4):
                return text
