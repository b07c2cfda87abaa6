"""Pictures of one space, painted by the lines below: the demonstration copies no photographs.

Their words and captions say that they are drawn.
"""

from collections.abc import Callable
from functools import partial
from io import BytesIO

from PIL import Image, ImageDraw

from core.pictures import open_picture
from home.demonstration.past import days_ago, done
from home.demonstration.world import World
from spaces import services

WIDTH, HEIGHT = 1440, 960
WALL, FLOOR, WOOD, SKY, LIGHT = "#f3ead8", "#c99a63", "#b07f49", "#bfe0f2", "#fdf8ea"
CURTAIN, DARK, BLUE, LEAF, DOOR = "#a63a50", "#3a2f2a", "#2f6f9f", "#5b8a4a", "#2f6b5e"


def load(world: World) -> None:
    space, manager = world.things["space:Hall, Old Signal House"], world.people["site_manager"]
    moment = days_ago(world, 40)
    for draw, words, caption in (
        (
            _hall,
            "Drawing: a hall with a low stage, red curtains, tall windows and rows of blue chairs",
            "The hall in the morning. Drawn for the demonstration.",
        ),
        (
            _way_in,
            "Drawing: a wide green door without a step, with a ramp and a tree in a pot",
            "The way in. Drawn for the demonstration.",
        ),
    ):
        add = partial(
            services.add_photograph,
            space,
            by=manager,
            now=moment,
            picture=open_picture(_file(draw)),
            alternative_text=words,
            caption=caption,
        )
        done(world, moment, add)


def _file(draw: Callable[[ImageDraw.ImageDraw], None]) -> BytesIO:
    canvas = Image.new("RGB", (WIDTH, HEIGHT), WALL)
    draw(ImageDraw.Draw(canvas))
    written = BytesIO()
    canvas.save(written, "PNG")
    written.seek(0)
    return written


def _hall(paint: ImageDraw.ImageDraw) -> None:
    paint.polygon([(0, 960), (1440, 960), (1120, 560), (320, 560)], fill=FLOOR)
    for number in range(-4, 23):
        paint.line([(number * 80, 960), (360 + number * 40, 560)], fill=WOOD, width=3)
    paint.polygon([(0, 0), (320, 120), (320, 560), (0, 960)], fill="#e6dac2")
    paint.polygon([(1440, 0), (1120, 120), (1120, 560), (1440, 960)], fill="#e6dac2")
    paint.polygon([(0, 0), (1440, 0), (1120, 120), (320, 120)], fill=LIGHT)
    for left, right, top, bottom in (
        (40, 130, 150, 640),
        (170, 235, 180, 560),
        (262, 305, 205, 520),
    ):
        for mirror in (False, True):
            corners = [(left, top), (right, top + 30), (right, bottom - 45), (left, bottom)]
            shown = [(1440 - x if mirror else x, y) for x, y in corners]
            paint.polygon(shown, fill=SKY, outline="white", width=8)
    paint.rectangle([430, 190, 1010, 482], fill=DARK)
    for left in (400, 860):
        for fold in range(6):
            shade = CURTAIN if fold % 2 else "#8f2f43"
            paint.rectangle([left + fold * 30, 170, left + fold * 30 + 30, 490], fill=shade)
    paint.rectangle([380, 150, 1060, 190], fill=CURTAIN)
    paint.rectangle([370, 480, 1070, 560], fill=WOOD)
    paint.rectangle([370, 480, 1070, 496], fill="#d9b07a")
    for row, (y, size) in enumerate(((610, 34), (690, 44), (790, 58))):
        seats = 8 - row
        gap = size * 2
        first = WIDTH // 2 - (seats * gap) // 2
        for seat in range(seats):
            x = first + seat * gap
            paint.rounded_rectangle([x, y - size, x + size, y], radius=8, fill=BLUE)
            paint.rounded_rectangle(
                [x - 4, y, x + size + 4, y + size // 3], radius=6, fill="#255a83"
            )
            for leg in (x, x + size - 6):
                paint.rectangle([leg, y + size // 3, leg + 6, y + size], fill=DARK)


def _way_in(paint: ImageDraw.ImageDraw) -> None:
    paint.rectangle([0, 0, WIDTH, HEIGHT], fill="#d8a184")
    for row in range(0, 760, 40):
        for column in range(-1, 19):
            left = column * 80 + (40 if row % 80 else 0)
            paint.rectangle([left, row, left + 80, row + 40], outline="#c58b6d", width=3)
    paint.rectangle([0, 760, WIDTH, HEIGHT], fill="#b9b4aa")
    paint.polygon([(330, 760), (1110, 760), (1290, 960), (150, 960)], fill="#cfcac0")
    paint.rectangle([400, 190, 1040, 760], fill=LIGHT)
    for left in (430, 730):
        paint.rectangle([left, 230, left + 280, 760], fill=DOOR)
        paint.rectangle([left + 40, 280, left + 240, 560], fill=SKY, outline="#21524a", width=6)
        handle = left + 250 if left == 430 else left + 16
        paint.rounded_rectangle([handle, 560, handle + 14, 660], radius=7, fill="#d9b44a")
    paint.rectangle([470, 110, 970, 175], fill=BLUE)
    for number in range(9):
        paint.ellipse([515 + number * 50, 130, 539 + number * 50, 154], fill="white")
    paint.polygon([(1170, 800), (1330, 800), (1300, 930), (1200, 930)], fill="#8b5e3c")
    paint.rectangle([1242, 600, 1258, 800], fill="#6b4a2f")
    for x, y, size in ((1250, 520, 110), (1190, 590, 80), (1310, 590, 80)):
        paint.ellipse([x - size, y - size, x + size, y + size], fill=LEAF)
    paint.line([(210, 620), (360, 560)], fill=DARK, width=12)
    for x, y in ((210, 620), (285, 590), (360, 560)):
        paint.line([(x, y), (x, y + 200)], fill=DARK, width=12)
