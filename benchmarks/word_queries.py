"""Questions in words with their right products, made by rule from a catalogue's rows.

Written apart from the search: it imports nothing of it, has its own idea of what a word is, and its synonyms and typing
errors are what people type and not what the search repairs. A question may have several right products: all whose words
satisfy it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np

__all__ = ["TRANSLATIONS", "Question", "questions", "typing_error"]

SYNONYMS: Mapping[str, str] = {
    "mug": "coffee cup",
    "sneaker": "running shoe",
    "jumper": "pullover",
    "rug": "carpet",
    "cushion": "pillow",
    "lamp": "light",
    "armchair": "easy chair",
    "backpack": "rucksack",
    "headphones": "earphones",
    "helmet": "hard hat",
    "teapot": "pot for tea",
    "vase": "flower holder",
    "clock": "timepiece",
    "stool": "low seat",
    "bowl": "basin",
    "chair": "seat",
    "vacuum": "hoover",
    "dryer": "blow dryer",
    "kettle": "water boiler",
    "trimmer": "clipper",
    "fan": "ventilator",
    "blender": "smoothie maker",
    "humidifier": "moisturiser for the air",
    "shaver": "razor",
    "purifier": "cleaner",
    "steamer": "wrinkle remover",
    "toaster": "bread roaster",
    "straightener": "flat iron",
    "fryer": "frying machine",
    "maker": "brewer",
    "espresso": "strong coffee",
    "cordless": "battery powered",
    "robot": "autonomous",
    "yoghurt": "yogurt",
    "aubergine": "eggplant",
    "zucchini": "courgette",
    "satsumas": "mandarins",
    "beet": "beetroot",
    "cantaloupe": "muskmelon",
    "ecological": "organic",
    "soyghurt": "soy yogurt",
    "oatghurt": "oat yogurt",
    "floury": "mealy",
    "cream": "off-white",
    "navy": "dark blue",
    "charcoal": "dark grey",
    "terracotta": "brick red",
    "ochre": "mustard yellow",
    "crimson": "red",
    "sage": "grey green",
}
"""What people say instead; one direction, by the words of the catalogues."""

TRANSLATIONS: Mapping[str, str] = {
    "Golden-Delicious": "黄元帅苹果",
    "Granny-Smith": "澳洲青苹果",
    "Pink-Lady": "粉红佳人苹果",
    "Red-Delicious": "红元帅苹果",
    "Royal-Gala": "皇家嘎啦苹果",
    "Avocado": "牛油果",
    "Banana": "香蕉",
    "Kiwi": "猕猴桃",
    "Lemon": "柠檬",
    "Lime": "青柠",
    "Mango": "芒果",
    "Cantaloupe": "哈密瓜",
    "Galia-Melon": "加利亚甜瓜",
    "Honeydew-Melon": "白兰瓜",
    "Watermelon": "西瓜",
    "Nectarine": "油桃",
    "Orange": "橙子",
    "Papaya": "木瓜",
    "Passion-Fruit": "百香果",
    "Peach": "桃子",
    "Anjou": "安茹梨",
    "Conference": "康佛伦斯梨",
    "Kaiser": "凯撒梨",
    "Pineapple": "菠萝",
    "Plum": "李子",
    "Pomegranate": "石榴",
    "Red-Grapefruit": "红西柚",
    "Satsumas": "蜜橘",
    "Bravo-Apple-Juice": "布拉沃苹果汁",
    "Bravo-Orange-Juice": "布拉沃橙汁",
    "God-Morgon-Apple-Juice": "早安苹果汁",
    "God-Morgon-Orange-Juice": "早安橙汁",
    "God-Morgon-Orange-Red-Grapefruit-Juice": "早安橙子红西柚汁",
    "God-Morgon-Red-Grapefruit-Juice": "早安红西柚汁",
    "Tropicana-Apple-Juice": "纯果乐苹果汁",
    "Tropicana-Golden-Grapefruit": "纯果乐黄金西柚汁",
    "Tropicana-Juice-Smooth": "纯果乐无果肉橙汁",
    "Tropicana-Mandarin-Morning": "纯果乐晨光柑橘汁",
    "Arla-Ecological-Medium-Fat-Milk": "阿拉有机半脱脂牛奶",
    "Arla-Lactose-Medium-Fat-Milk": "阿拉无乳糖半脱脂牛奶",
    "Arla-Medium-Fat-Milk": "阿拉半脱脂牛奶",
    "Arla-Standard-Milk": "阿拉全脂牛奶",
    "Garant-Ecological-Medium-Fat-Milk": "加兰特有机半脱脂牛奶",
    "Garant-Ecological-Standard-Milk": "加兰特有机全脂牛奶",
    "Oatly-Natural-Oatghurt": "噢麦力原味燕麦酸奶",
    "Oatly-Oat-Milk": "噢麦力燕麦奶",
    "Arla-Ecological-Sour-Cream": "阿拉有机酸奶油",
    "Arla-Sour-Cream": "阿拉酸奶油",
    "Arla-Sour-Milk": "阿拉酸乳",
    "Alpro-Blueberry-Soyghurt": "阿尔普罗蓝莓大豆酸奶",
    "Alpro-Vanilla-Soyghurt": "阿尔普罗香草大豆酸奶",
    "Alpro-Fresh-Soy-Milk": "阿尔普罗鲜豆奶",
    "Alpro-Shelf-Soy-Milk": "阿尔普罗常温豆奶",
    "Arla-Mild-Vanilla-Yoghurt": "阿拉温和香草酸奶",
    "Arla-Natural-Mild-Low-Fat-Yoghurt": "阿拉原味低脂酸奶",
    "Arla-Natural-Yoghurt": "阿拉原味酸奶",
    "Valio-Vanilla-Yoghurt": "维利奥香草酸奶",
    "Yoggi-Strawberry-Yoghurt": "优吉草莓酸奶",
    "Yoggi-Vanilla-Yoghurt": "优吉香草酸奶",
    "Asparagus": "芦笋",
    "Aubergine": "茄子",
    "Cabbage": "卷心菜",
    "Carrots": "胡萝卜",
    "Cucumber": "黄瓜",
    "Garlic": "大蒜",
    "Ginger": "生姜",
    "Leek": "韭葱",
    "Brown-Cap-Mushroom": "褐菇",
    "Yellow-Onion": "黄洋葱",
    "Green-Bell-Pepper": "绿色甜椒",
    "Orange-Bell-Pepper": "橙色甜椒",
    "Red-Bell-Pepper": "红色甜椒",
    "Yellow-Bell-Pepper": "黄色甜椒",
    "Floury-Potato": "粉质土豆",
    "Solid-Potato": "脆质土豆",
    "Sweet-Potato": "红薯",
    "Red-Beet": "甜菜根",
    "Beef-Tomato": "牛番茄",
    "Regular-Tomato": "普通番茄",
    "Vine-Tomato": "串番茄",
    "Zucchini": "西葫芦",
}
"""Chinese titles of the grocery catalogue, by product id."""

_KEYS = {
    "a": "sq",
    "b": "vn",
    "c": "xv",
    "d": "sf",
    "e": "wr",
    "f": "dg",
    "g": "fh",
    "h": "gj",
    "i": "uo",
    "j": "hk",
    "k": "jl",
    "l": "ko",
    "m": "nb",
    "n": "bm",
    "o": "ip",
    "p": "ol",
    "q": "wa",
    "r": "et",
    "s": "ad",
    "t": "ry",
    "u": "yi",
    "v": "cb",
    "w": "qe",
    "x": "zc",
    "y": "tu",
    "z": "xa",
}


@dataclass(frozen=True, slots=True)
class Question:
    """One question.

    Attributes:
        slice: how it was made.
        text: what is typed.
        answers: ids of the right products.
        made_of: id of the product whose row it was made of.
    """

    slice: str
    text: str
    answers: frozenset[str]
    made_of: str = ""


def typing_error(word: str, rng: np.random.Generator) -> str:
    """`word` with one letter left out, doubled, swapped with the next, or its neighbour on the keyboard."""
    at = int(rng.integers(1, len(word) - 1))
    match int(rng.integers(4)):
        case 0:
            return word[:at] + word[at + 1 :]
        case 1:
            return word[:at] + word[at] + word[at:]
        case 2:
            return word[:at] + word[at + 1] + word[at] + word[at + 2 :]
        case _:
            near = _KEYS.get(word[at].lower(), "e")
            return word[:at] + near[int(rng.integers(len(near)))] + word[at + 1 :]


def questions(
    rows: Sequence[Mapping[str, str]],
    rng: np.random.Generator,
    n_each: int,
    variants: Sequence[Mapping[str, str]] | None = None,
) -> Iterator[Question]:
    """At most `n_each` questions of each kind that the rows' columns allow, each of another product where possible.

    Args:
        rows: one a product; what is asked is made of them.
        rng: draws products, words and typing errors.
        n_each: questions of a kind.
        variants: every row of the catalogue: a product is right where one of its variants has all words. None for
            `rows`.
    """
    kinds: dict[str, Callable[[Mapping[str, str]], str | None]] = {
        "title": lambda row: row["title"],
        "typing error": lambda row: _mistyped(row["title"], rng),
        "partial name": lambda row: _part(row["title"], rng),
        "unfinished": _unfinished,
        "plural": _plural,
        "attributes": lambda row: _attributes(row, rng),
        "told": lambda row: _told(row, rng),
        "paraphrase": _paraphrase,
        "id": lambda row: row["product_id"].lower().replace("-", " "),
    }
    for column in ("title_de", "title_fr"):
        if column in rows[0]:
            kinds[column] = lambda row, column=column: row.get(column)
            kinds[f"{column}, typing error"] = lambda row, column=column: _mistyped(row.get(column) or "", rng)
    said = [
        (row["product_id"], _words(" ".join(row.values())) | _singular(_words(" ".join(row.values()))))
        for row in (*rows, *(variants or ()))
    ]
    for kind, make in kinds.items():
        made = 0
        seen: set[str] = set()
        for place in rng.permutation(len(rows)):
            row = rows[int(place)]
            text = make(row)
            if not text or text in seen:
                continue
            seen.add(text)
            right = {row["product_id"]}
            if kind in ("partial name", "attributes", "told", "plural", "unfinished", "title"):
                right |= _satisfying(text, said, unfinished=kind == "unfinished")
            right |= (
                {other["product_id"] for other in rows if other["title"] == row["title"]} if len(rows) < 2000 else set()
            )
            yield Question(kind, text, frozenset(right), row["product_id"])
            if kind == "attributes" and (mistyped := _mistyped(text, rng)):
                yield Question("attributes, typing error", mistyped, frozenset(right), row["product_id"])
            made += 1
            if made == n_each:
                break


def _words(text: str) -> frozenset[str]:
    kept = "".join(character if character.isalnum() else " " for character in text.lower())
    return frozenset(word for word in kept.split())


def _singular(words: frozenset[str]) -> frozenset[str]:
    return frozenset(word.removesuffix("s") for word in words)


def _satisfying(text: str, said: Sequence[tuple[str, frozenset[str]]], *, unfinished: bool) -> set[str]:
    """Products that have every word of the question; whether there is an s at its end makes no difference."""
    wanted = sorted(_words(text))
    last = text.lower().split()[-1]
    found: set[str] = set()
    for product, words in said:
        whole = all(word.removesuffix("s") in words for word in wanted if not (unfinished and word == last))
        if whole and (not unfinished or any(word.startswith(last) for word in words)):
            found.add(product)
    return found


def _mistyped(title: str, rng: np.random.Generator) -> str | None:
    words = title.replace(",", "").split()
    long = [at for at, word in enumerate(words) if len(word) >= 5 and word.isalpha()]
    if not long:
        return None
    at = long[int(rng.integers(len(long)))]
    words[at] = typing_error(words[at], rng)
    return " ".join(words)


def _part(title: str, rng: np.random.Generator) -> str | None:
    words = [word for word in title.replace(",", "").split() if len(word) > 2]
    if len(words) < 2:
        return None
    kept = sorted(rng.permutation(len(words))[: max(1, len(words) // 2)].tolist())
    return " ".join(words[at] for at in kept)


def _unfinished(row: Mapping[str, str]) -> str | None:
    words = row["title"].replace(",", "").split()
    if len(words[-1]) < 5 or not words[-1].isalpha():
        return None
    return " ".join([*words[:-1], words[-1][: len(words[-1]) - 2]])


def _plural(row: Mapping[str, str]) -> str | None:
    words = row["title"].replace(",", "").split()
    places = [at for at, word in enumerate(words) if word.isalpha() and not word.endswith("s") and len(word) > 3]
    if not places:
        return None
    word = words[places[-1]]
    if word.endswith("y") and word[-2] not in "aeiou":
        plural = word[:-1] + "ies"
    else:
        plural = word + ("es" if word.endswith(("x", "ch", "sh")) else "s")
    words[places[-1]] = plural
    return " ".join(words)


def _attributes(row: Mapping[str, str], rng: np.random.Generator) -> str | None:
    values = [row.get(name, "") for name in ("color", "material", "brand", "category")]
    values = [value.split("/")[-1] for value in values if value]
    if len(values) < 2:
        return None
    kept = sorted(rng.permutation(len(values))[: max(2, len(values) - 1)].tolist())
    return " ".join(values[at].lower() for at in kept)


def _told(row: Mapping[str, str], rng: np.random.Generator) -> str | None:
    """The last word of the title and two longer ones of the description."""
    title = row["title"].replace(",", "").split()
    words = [word.strip(".,;:!?()").lower() for word in row.get("description", "").split()]
    words = sorted({word for word in words if len(word) > 5 and word.isalpha()} - {word.lower() for word in title})
    if len(words) < 2:
        return None
    chosen = [words[int(place)] for place in sorted(rng.permutation(len(words))[:2].tolist())]
    return " ".join([title[-1].lower(), *chosen])


def _paraphrase(row: Mapping[str, str]) -> str | None:
    words = [word.strip(",").lower() for word in row["title"].split()]
    said = [SYNONYMS.get(word, SYNONYMS.get(word.removesuffix("s"), word)) for word in words]
    return None if said == words else " ".join(said)
