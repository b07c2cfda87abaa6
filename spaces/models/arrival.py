"""Two words to say at the door instead of a name, made from the number of a booking."""

from uuid import UUID

COLOURS = [
    "amber", "blue", "bronze", "cherry", "copper", "cream", "golden", "green", "indigo",
    "ivory", "lemon", "lilac", "olive", "orange", "peach", "pearl", "pink", "plum", "purple",
    "red", "rose", "ruby", "silver", "teal", "violet", "white", "yellow",
]  # fmt: skip
ANIMALS = [
    "badger", "bear", "beaver", "bee", "camel", "crane", "deer", "dolphin", "donkey", "duck",
    "eagle", "falcon", "finch", "fox", "frog", "goose", "hare", "hedgehog", "heron", "horse",
    "jay", "kitten", "lion", "lizard", "magpie", "mole", "moth", "otter", "owl", "panda",
    "parrot", "penguin", "pigeon", "pony", "puffin", "rabbit", "raven", "robin", "salmon",
    "seal", "sheep", "snail", "sparrow", "squirrel", "starling", "stork", "swallow", "swan",
    "tiger", "toad", "turtle", "whale", "wren", "zebra",
]  # fmt: skip


def code_words(uuid: UUID) -> str:
    """Such as “teal otter”: the same for ever, and not to be told from the reference of a booking.

    The reference is made of the first eight characters; these words come from the last.
    """
    number = uuid.int & 0xFFFFFFFFFFFF
    number, animal = divmod(number, len(ANIMALS))
    return f"{COLOURS[number % len(COLOURS)]} {ANIMALS[animal]}"
