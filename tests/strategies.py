"""Random legal layers, tables and documents for property tests."""

from dataclasses import dataclass, field, replace
from string import ascii_letters, digits
from typing import get_args

from hypothesis import strategies as st
from hypothesis.strategies import DrawFn, SearchStrategy

from striate.augmentation.kinds import (
    AreaCrop,
    Augmentation,
    Brightness,
    Contrast,
    Crop,
    Elastic,
    Erase,
    Flip,
    Lighting,
    Noise,
    RandAugment,
    Rotate,
    Scale,
    Shear,
    Shift,
    Squeeze,
)
from striate.documents import Document
from striate.errors import LayerError
from striate.layers import (
    ELU,
    Activation,
    AdaptivePooling,
    Add,
    AveragePooling,
    BatchNormalization,
    Border,
    ChannelShuffle,
    Codes,
    Concat,
    ConnectionTable,
    Convolution,
    Cropping,
    DepthwiseConvolution,
    Dropout,
    Embedding,
    Flatten,
    FullyConnected,
    Function,
    FunctionName,
    GlobalPooling,
    GroupNormalization,
    Inception,
    Input,
    Join,
    Layer,
    LayerNormalization,
    LeakyReLU,
    LpPooling,
    MaxPooling,
    Multiply,
    Padding,
    ParametricReLU,
    RadialBasis,
    Reshape,
    ResponseNormalization,
    Scaling,
    SideHead,
    Sides,
    Slice,
    Subsampling,
    TransposedConvolution,
    Upsampling,
)
from striate.layers.enlarging import BorderMode
from striate.layers.normalization import Region
from striate.layers.pooling import Divisor, Reduction
from striate.layers.windows import Rounding
from striate.preparation import Preparation, TextPreparation
from striate.recipe import ClassWeights, Initialization, Optimizer, Recipe, Sampling, Schedule
from striate.shapes import Features, Image, Shape, Words
from striate.table import Claim, Claims, Row, Start, Table


FUNCTIONS: tuple[Function, ...] = (*get_args(FunctionName), LeakyReLU(0.3), ELU(0.5))
"""Every function, those with a number of their own once."""
_RULES: tuple[Padding, ...] = ("valid", "same")
_ROUNDINGS: tuple[Rounding, ...] = ("floor", "ceil")
_DIVISORS: tuple[Divisor, ...] = ("window", "inside")
_REGIONS: tuple[Region, ...] = ("across", "within")
_REDUCTIONS: tuple[Reduction, ...] = ("sum", "mean")
_JOINTS: tuple[Join, ...] = (Concat(), Add(), Multiply())
_LETTERS = ascii_letters + digits + "가나다층합성곱특성맵입력출력éß"
_MARKS = " ()[]|_.:;*`/\\→+-#"


def pairs(least: int, most: int) -> SearchStrategy[tuple[int, int]]:
    """Height and width, drawn each by itself."""
    return st.tuples(st.integers(least, most), st.integers(least, most))


@st.composite
def images(draw: DrawFn, largest: int = 24) -> Image:
    """Maps of any small size, seldom square."""
    return Image(
        draw(st.integers(1, 6)), draw(st.integers(1, largest)), draw(st.integers(1, largest))
    )


@st.composite
def sides(draw: DrawFn, most: int = 3) -> Sides:
    """Padding that differs from side to side."""
    return Sides(*(draw(st.integers(0, most)) for _ in range(4)))


def paddings() -> SearchStrategy[Padding]:
    """Every form of padding."""
    return st.one_of(st.sampled_from(_RULES), st.integers(0, 3), sides())


@st.composite
def convolutions(draw: DrawFn, image: Image) -> Convolution:
    """A convolution that fits an image, with groups, with a connection table, or with neither."""
    layer = Convolution(
        maps=1,
        kernel=draw(pairs(1, 4)),
        stride=draw(pairs(1, 3)),
        padding=draw(paddings()),
        dilation=draw(pairs(1, 2)),
    )
    if layer.window.misfits(image):
        layer = Convolution(1, (1, 1), layer.stride, layer.padding)
    divisors = [n for n in range(1, image.channels + 1) if image.channels % n == 0]
    groups = draw(st.sampled_from(divisors))
    maps = groups * draw(st.integers(1, 4))
    table = None
    if groups == 1 and draw(st.booleans()):
        table = draw(connection_tables(image.channels, maps))
    return Convolution(
        maps,
        layer.kernel,
        layer.stride,
        layer.padding,
        layer.dilation,
        groups,
        draw(st.booleans()),
        table,
    )


@st.composite
def transposed_convolutions(draw: DrawFn, image: Image) -> TransposedConvolution:
    """A transposed convolution that fits an image, with any padding that leaves something of it."""
    groups = draw(
        st.sampled_from([n for n in range(1, image.channels + 1) if image.channels % n == 0])
    )
    kernel, stride, dilation = draw(pairs(1, 4)), draw(pairs(1, 3)), draw(pairs(1, 2))
    padding = draw(paddings())
    added = tuple(
        0 if padding == "same" else draw(st.integers(0, max(ends) - 1))
        for ends in zip(stride, dilation, strict=True)
    )
    try:
        layer = TransposedConvolution(
            groups * draw(st.integers(1, 3)),
            kernel,
            stride,
            padding,
            (added[0], added[1]),
            dilation,
            groups,
            draw(st.booleans()),
        )
        layer.output(image)
    except LayerError:
        return TransposedConvolution(groups, kernel, stride, groups=groups)
    return layer


@st.composite
def depthwise_convolutions(draw: DrawFn, image: Image) -> DepthwiseConvolution:
    """A depthwise convolution that fits an image."""
    layer = DepthwiseConvolution(
        draw(pairs(1, 4)),
        draw(pairs(1, 3)),
        draw(paddings()),
        draw(pairs(1, 2)),
        draw(st.integers(1, 3)),
        draw(st.booleans()),
    )
    return DepthwiseConvolution(1) if layer.window.misfits(image) else layer


@st.composite
def borders(draw: DrawFn, image: Image) -> Border:
    """A border around an image, mirrored no further than there is something."""
    mode: BorderMode = draw(st.sampled_from(get_args(BorderMode)))
    layer = Border(draw(st.integers(0, 3) | sides()), mode)
    try:
        layer.output(image)
    except LayerError:
        return Border(layer.padding)
    return layer


def upsamplings() -> SearchStrategy[Upsampling]:
    """Factors of both interpolations."""
    smooth = st.builds(Upsampling, pairs(1, 3), st.just("bilinear"), st.booleans())
    return st.one_of(st.builds(Upsampling, pairs(1, 3)), smooth)


def adaptive_poolings() -> SearchStrategy[AdaptivePooling]:
    """Sizes that divide what comes in, or do not, or are larger."""
    return st.builds(AdaptivePooling, pairs(1, 5), st.sampled_from(("average", "max")))


@st.composite
def connection_tables(draw: DrawFn, maps_in: int, maps_out: int) -> ConnectionTable:
    """Marks in which every map reads at least one map below."""
    read = [
        draw(st.sets(st.integers(0, maps_in - 1), min_size=1, max_size=maps_in))
        for _ in range(maps_out)
    ]
    return ConnectionTable(
        tuple(tuple(row in read[column] for column in range(maps_out)) for row in range(maps_in))
    )


@st.composite
def poolings(draw: DrawFn, image: Image) -> MaxPooling | AveragePooling | LpPooling | Subsampling:
    """A pooling or subsampling that fits an image."""
    kernel = draw(pairs(1, 4))
    half = min(kernel) // 2
    padding = draw(st.one_of(st.sampled_from(_RULES), st.integers(0, half), sides(half)))
    stride, rounding = draw(pairs(1, 3)), draw(st.sampled_from(_ROUNDINGS))
    pooled: MaxPooling | AveragePooling | LpPooling | Subsampling
    match draw(st.sampled_from(("max", "average", "power", "sum"))):
        case "max":
            pooled = MaxPooling(kernel, stride, padding, draw(pairs(1, 2)), rounding)
        case "average":
            divisor = draw(st.sampled_from(_DIVISORS))
            pooled = AveragePooling(kernel, stride, padding, rounding, divisor)
        case "power":
            power = draw(st.sampled_from((1, 2, 3, 4, 0.5, 2.5)))
            pooled = LpPooling(kernel, stride, padding, rounding, p=power)
        case _:
            pooled = Subsampling(kernel, stride, draw(st.sampled_from(_REDUCTIONS)))
    try:
        pooled.output(image)
    except LayerError:
        return MaxPooling(1, stride)
    return pooled


@st.composite
def codes(draw: DrawFn, cells: int, units: int) -> Codes | None:
    """Different drawings of so many cells, in one line or in several of one width; or none."""
    if 2**cells < units or draw(st.booleans()):
        return None
    width = draw(st.sampled_from([n for n in range(1, cells + 1) if cells % n == 0]))
    texts = draw(
        st.lists(
            st.text("#.", min_size=cells, max_size=cells),
            min_size=units,
            max_size=units,
            unique=True,
        )
    )
    return Codes(
        tuple(tuple(text[at : at + width] for at in range(0, cells, width)) for text in texts)
    )


@st.composite
def names(draw: DrawFn) -> str:
    """Names with blanks, brackets, bars, arrows and Korean letters."""
    text = draw(st.text(_LETTERS + _MARKS, min_size=1, max_size=12))
    return draw(st.sampled_from(_LETTERS)) + text.strip()


@st.composite
def counts(draw: DrawFn) -> Claim | None:
    """A printed count, right or wrong, whole or rounded; or silence."""
    number = draw(st.integers(0, 10**9))
    unit = draw(st.sampled_from("KMG"))
    decimal = draw(st.decimals(0, 999, places=1))
    texts = (None, f"{number}", f"{number:,}", f"{decimal}{unit}", f"{number % 1000}{unit}")
    text = draw(st.sampled_from(texts))
    return None if text is None else Claim(text)


_SETS_MAPS = (
    *(Input, Reshape, Slice, Convolution, TransposedConvolution),
    *(FullyConnected, RadialBasis),
)


@st.composite
def claims(draw: DrawFn, layer: Layer) -> Claims:
    """Whatever a source may say of a layer besides what sets it."""
    maps = draw(st.none() | st.integers(0, 5000))
    size = draw(st.none() | pairs(0, 5000) | st.tuples(st.integers(0, 5000)))
    return Claims(
        None if isinstance(layer, _SETS_MAPS) else maps,
        None if isinstance(layer, Input | Reshape) else size,
        draw(counts()),
        draw(counts()),
        draw(counts()),
        draw(counts()),
        draw(st.none() | st.integers(0, 50)),
    )


def starts() -> SearchStrategy[Start]:
    """Every way in which numbers may begin."""
    scales, biases = st.floats(1e-6, 100), st.floats(-10, 10)
    return st.one_of(
        st.builds(Start, st.just("normal"), scales, biases),
        st.builds(Start, st.just("uniform"), scales, biases),
        st.builds(Start, st.just("zero"), st.just(0.0), biases),
    )


_DRAWN = (
    *(Convolution, DepthwiseConvolution, TransposedConvolution),
    *(Subsampling, FullyConnected, Inception, Embedding),
)
_REMARKS = st.text(_LETTERS + " :'\"&#%,|\\", min_size=1, max_size=30).map(
    lambda text: "x" + " ".join(text.split()).rstrip("\\")
)


@dataclass
class _Draft:
    """A table in the making."""

    draw: DrawFn
    rows: list[Row] = field(default_factory=list)
    shapes: list[Shape] = field(default_factory=list)
    taken: set[str] = field(default_factory=set)

    def add(self, layer: Layer, *reads: int) -> int:
        """Add a row that reads the rows at these places, or the row above."""
        known = self.taken
        name = self.draw(
            names().filter(lambda one: Row(one, Flatten()).identifier.casefold() not in known)
        )
        row = Row(
            name,
            layer,
            None
            if isinstance(layer, Input | Activation)
            else self.draw(st.none() | st.sampled_from(FUNCTIONS)),
            tuple(self.rows[at].name for at in reads),
            self.draw(claims(layer)),
            start=self.draw(st.none() | starts()) if isinstance(layer, _DRAWN) else None,
            note=self.draw(st.just("") | _REMARKS),
        )
        self.taken.add(row.identifier.casefold())
        inputs = [self.shapes[at] for at in reads] if reads else self.shapes[-1:]
        match layer:
            case Input():
                shape = layer.output()
            case Concat() | Add() | Multiply():
                shape = layer.output(*inputs)
            case _:
                shape = layer.output(inputs[0])
        self.rows.append(row)
        self.shapes.append(shape)
        return len(self.rows) - 1


_AMOUNTS = st.floats(1e-6, 10)


@st.composite
def sentences(draw: DrawFn) -> Words:
    """Words with room for at least one between the padding."""
    padding = draw(st.integers(0, 3))
    return Words(draw(st.integers(2 * padding + 1, 12)), padding)


def embeddings() -> SearchStrategy[Embedding]:
    """Word vectors of any origin."""
    origins = st.sampled_from(("random", "static", "non-static"))
    return st.builds(Embedding, st.integers(1, 2000), st.integers(1, 9), origins)


@st.composite
def slices(draw: DrawFn, shape: Shape) -> Slice:
    """Some of the maps, or of the values in a row, from any of them on."""
    first = draw(st.integers(0, shape.axes[0] - 1))
    return Slice(draw(st.integers(1, shape.axes[0] - first)), first)


@st.composite
def crops(draw: DrawFn, image: Image) -> Cropping:
    """Edges that are cut off, and something that is left."""
    top, left = draw(st.integers(0, image.height - 1)), draw(st.integers(0, image.width - 1))
    below = draw(st.integers(0, image.height - 1 - top))
    return Cropping(Sides(top, below, left, draw(st.integers(0, image.width - 1 - left))))


def shuffles(image: Image) -> SearchStrategy[ChannelShuffle]:
    """Groups that divide the maps."""
    divisors = [n for n in range(1, image.channels + 1) if image.channels % n == 0]
    return st.builds(ChannelShuffle, st.sampled_from(divisors))


_POINTWISE: SearchStrategy[Layer] = st.one_of(
    st.builds(Dropout, st.floats(0, 1, exclude_max=True)),
    st.builds(BatchNormalization, _AMOUNTS, st.floats(1e-3, 1), st.booleans(), st.booleans()),
    st.builds(
        LayerNormalization,
        st.sampled_from(("all", "maps")),
        _AMOUNTS,
        st.booleans(),
        st.booleans(),
    ),
    st.builds(Activation, st.sampled_from(FUNCTIONS)),
    st.builds(Scaling, st.floats(-2, 2), st.floats(-2, 2)),
    st.builds(Scaling, st.floats(-2, 2), is_trained=st.booleans().filter(bool)),
    st.builds(ParametricReLU, st.sampled_from(("one", "maps", "values")), st.floats(-1, 1)),
)
_FLAT: SearchStrategy[Layer] = st.one_of(
    st.builds(
        FullyConnected,
        st.integers(1, 9),
        st.booleans(),
        st.none() | st.floats(0, 100, exclude_min=True),
    ),
    st.just(Flatten()),
)
_GLOBAL: SearchStrategy[Layer] = st.builds(GlobalPooling, st.sampled_from(("average", "max")))


@st.composite
def inceptions(draw: DrawFn) -> Inception:
    """Branches of any number, with and without a reduction."""
    maps = [draw(st.integers(0, 3)) for _ in range(4)]
    if not any(maps):
        maps[draw(st.integers(0, 3))] = 1
    reductions = [draw(st.integers(0, 3)) if maps[at] else 0 for at in (1, 2)]
    return Inception(maps[0], reductions[0], maps[1], reductions[1], maps[2], maps[3])


@st.composite
def response_normalizations(draw: DrawFn, maps: int) -> ResponseNormalization:
    """Windows across maps, in groups or not, and within a map."""
    return ResponseNormalization(
        draw(st.sampled_from((1, 3, 5, 7))),
        draw(_AMOUNTS),
        draw(st.one_of(st.just(0.75), st.floats(0.1, 2))),
        draw(_AMOUNTS),
        draw(st.booleans()),
        draw(st.sampled_from(_REGIONS)),
        draw(st.sampled_from([n for n in range(1, maps + 1) if maps % n == 0])),
    )


@st.composite
def group_normalizations(draw: DrawFn, shape: Shape) -> Layer:
    """Groups that divide the maps, and instances; nothing that normalises single values."""
    maps = shape.axes[0]
    groups = [None, *(n for n in range(1, maps + 1) if maps % n == 0)]
    fits = [n for n in groups if shape.elements != (n or maps)]
    if not fits:
        return Dropout()
    return GroupNormalization(draw(st.sampled_from(fits)), draw(_AMOUNTS), *draw(_FLAGS))


_FLAGS = st.tuples(st.booleans(), st.booleans())


@st.composite
def layers_on(draw: DrawFn, shape: Shape) -> Layer:
    """A layer of any kind that reads one row, on maps or on flat values."""
    if not isinstance(shape, Image):
        flat = (_POINTWISE, _FLAT, reshapes(shape), group_normalizations(shape), slices(shape))
        return draw(st.one_of(*flat))
    kinds: tuple[SearchStrategy[Layer], ...] = (
        convolutions(shape),
        depthwise_convolutions(shape),
        transposed_convolutions(shape),
        poolings(shape),
        adaptive_poolings(),
        upsamplings(),
        borders(shape),
        slices(shape),
        crops(shape),
        shuffles(shape),
        inceptions(),
        response_normalizations(shape.channels),
        group_normalizations(shape),
        st.builds(Dropout, st.floats(0, 1, exclude_max=True), st.just("maps")),
        _POINTWISE,
        _FLAT,
        reshapes(shape),
        _GLOBAL,
    )
    return draw(st.one_of(kinds))


@st.composite
def reshapes(draw: DrawFn, shape: Shape) -> Reshape:
    """All values as other maps, or as flat ones."""
    count = shape.elements
    height = draw(st.sampled_from([n for n in range(1, 9) if count % n == 0]))
    maps = Image(count // height, height, 1)
    shapes: tuple[Image | Features, ...] = (maps, maps, maps, Features(count))
    return Reshape(draw(st.sampled_from(shapes)))


_MOST_VALUES = 20_000


def _gate(draw: DrawFn, draft: _Draft, image: Image) -> None:
    """Add a squeeze and an excitation: values that scale whole maps."""
    below = len(draft.rows) - 1
    squeezed = draft.add(draw(_GLOBAL), below)
    excited = draft.add(FullyConnected(image.channels), squeezed)
    draft.add(Multiply(), *draw(st.permutations((below, excited))))


def _branches(draw: DrawFn, draft: _Draft) -> None:
    below = len(draft.rows) - 1
    maps = draw(st.integers(1, 4))
    one = draft.add(Convolution(maps, draw(pairs(1, 3)), padding="same"), below)
    other = draft.add(Convolution(maps, draw(pairs(1, 3)), padding="same"), below)
    draft.add(draw(st.sampled_from(_JOINTS)), one, other)


def _row(draw: DrawFn, draft: _Draft) -> None:
    shape = draft.shapes[-1]
    choices = ("layer", "layer", "layer", "layer", "branches", "gate")
    match draw(st.sampled_from(choices)), shape:
        case "branches", Image():
            _branches(draw, draft)
        case "gate", Image() as image:
            _gate(draw, draft, image)
        case _:
            layer = draw(layers_on(shape))
            if isinstance(layer, Concat | Add | Multiply | Input):
                return  # they read several rows, or none
            if layer.output(shape).elements <= _MOST_VALUES:
                draft.add(layer)


@st.composite
def tables(draw: DrawFn, largest: int = 20) -> Table:
    """A table without faults: rows in a chain, branches now and then, a last row that names."""
    draft = _Draft(draw)
    flat = st.builds(Features, st.integers(1, 30))
    often = (images(largest),) * 6
    shapes = st.one_of(*often, flat, sentences())
    draft.add(Input(draw(shapes)))
    if isinstance(draft.shapes[0], Words):
        draft.add(draw(embeddings()))
    for _ in range(draw(st.integers(0, 4))):
        _row(draw, draft)
    units = draw(st.integers(2, 7))
    ends: tuple[Layer, ...] = (
        FullyConnected(units),
        RadialBasis(units, draw(codes(draft.shapes[-1].elements, units))),
    )
    draft.add(draw(st.sampled_from(ends)))
    for _ in range(draw(st.sampled_from((0, 0, 1, 2)))):
        source = draw(st.integers(0, len(draft.rows) - 2))
        reads_words = isinstance(draft.shapes[source], Words)
        if not reads_words and not isinstance(draft.rows[source].layer, SideHead | RadialBasis):
            draft.add(SideHead(draw(_AMOUNTS)), source)
            draft.add(FullyConnected(units))
    totals = Claims(None, None, draw(counts()), draw(counts()), draw(counts()))
    return Table(tuple(draft.rows), totals)


_WORDS = st.text(_LETTERS + " :-'\"&#%,", min_size=1, max_size=40).map(
    lambda text: " ".join(text.split())
)
_NUMBERS = st.floats(-1e6, 1e6, allow_nan=False)
_POSITIVE = st.floats(0, 1e6, exclude_min=True)
_FRACTIONS = st.floats(0, 1, exclude_max=True)


@st.composite
def augmentations(draw: DrawFn) -> tuple[Augmentation, ...]:
    """Some of the kinds, in any order, with any numbers that they take."""
    strengths, parts = st.floats(0, 1e6), st.floats(0, 1)
    shares = st.floats(0, 1, exclude_min=True)
    windows: SearchStrategy[Augmentation] = st.one_of(
        st.builds(Crop, st.integers(1, 99)), st.builds(AreaCrop, shares, shares)
    )
    kinds: tuple[SearchStrategy[Augmentation], ...] = (
        st.builds(Shift, strengths),
        st.builds(Rotate, st.floats(0, 180)),
        st.builds(Scale, _FRACTIONS),
        st.builds(Squeeze, _FRACTIONS),
        st.builds(Shear, strengths),
        st.builds(Elastic, strengths, _POSITIVE),
        st.just(Flip()),
        windows,
        st.builds(Contrast, parts),
        st.builds(Brightness, parts),
        st.builds(Lighting, strengths),
        st.builds(Noise, strengths),
        st.builds(Erase, st.floats(0, 1), st.floats(0.02, 1)),
        st.builds(RandAugment, st.integers(1, 11), st.floats(0, 30)),
    )
    chosen = draw(st.lists(st.sampled_from(kinds), max_size=5, unique=True))
    return tuple(draw(kind) for kind in chosen)


def recipes() -> SearchStrategy[Recipe]:
    """Every field at random."""
    return _recipes_without_milestones().flatmap(_with_milestones)


def _with_milestones(recipe: Recipe) -> SearchStrategy[Recipe]:
    """Let a schedule that falls by steps fall at epochs of its own."""
    epochs = st.sets(st.integers(1, 10**6), max_size=4 if recipe.schedule == "step" else 0)
    return epochs.map(lambda found: replace(recipe, milestones=", ".join(map(str, sorted(found)))))


def _recipes_without_milestones() -> SearchStrategy[Recipe]:
    return st.builds(
        Recipe,
        epochs=st.integers(1, 10**6),
        batch_size=st.integers(1, 10**6),
        optimizer=st.sampled_from(get_args(Optimizer)),
        learning_rate=_POSITIVE,
        momentum=_FRACTIONS,
        weight_decay=st.floats(0, 10),
        schedule=st.sampled_from(get_args(Schedule)),
        warmup=_FRACTIONS,
        step_epochs=st.integers(1, 10**6),
        plateau_epochs=st.integers(1, 10**6),
        step_factor=_POSITIVE,
        loss=st.sampled_from(("cross-entropy", "binary-cross-entropy", "map", "distance")),
        map_constant=_POSITIVE,
        initialization=st.sampled_from(get_args(Initialization)),
        validation=st.integers(0, 10**6),
        seed=st.integers(0, 2**63 - 1),
        augmentation=augmentations(),
        dropout_samples=st.integers(1, 10**6),
        accumulate=st.integers(1, 10**6),
        views=st.sampled_from(("one", "flip", "ten-crop")),
        precision=st.sampled_from(("auto", "bf16", "fp32")),
        label_smoothing=_FRACTIONS,
        class_weights=class_weights(),
        sampling=st.sampled_from(get_args(Sampling)),
        mixup=st.floats(0, 10),
        cutmix=st.floats(0, 10),
        ema_decay=_FRACTIONS,
    )


def class_weights() -> SearchStrategy[ClassWeights]:
    """None, balanced ones, or some classes by any names."""
    each = st.dictionaries(names(), _POSITIVE, max_size=3).map(lambda found: tuple(found.items()))
    return st.one_of(st.just("balanced"), each)


@st.composite
def preparations(draw: DrawFn) -> Preparation:
    """Every field at random."""
    low = draw(_NUMBERS)
    if draw(st.booleans()):
        count = draw(st.sampled_from((1, 3)))
        means, stds = (
            draw(st.lists(each, min_size=count, max_size=count))
            for each in (st.floats(0, 1), _POSITIVE)
        )
        return Preparation(
            draw(st.sampled_from(("resize", "crop", "letterbox"))),
            margin=draw(st.integers(0, 3)),
            mean=tuple(means),
            std=tuple(stds),
        )
    return Preparation(
        draw(st.sampled_from(("resize", "crop", "digit"))),
        draw(st.integers(1, 10**6)),
        low,
        draw(_NUMBERS.filter(lambda high: high != low)),
        draw(st.integers(0, 3)),
        draw(st.sampled_from(("nothing", "channel-mean", "mean-image"))),
    )


@st.composite
def documents(draw: DrawFn) -> Document:
    """A whole document, as Python would make it."""
    table = draw(tables())
    texts = st.builds(
        TextPreparation,
        st.sampled_from(("words", "characters")),
        st.sampled_from(("lower", "as written")),
    )
    return Document(
        name=draw(_WORDS.filter(bool)),
        table=table,
        title=draw(names().filter(lambda title: not title.rstrip().endswith("#"))),
        source=draw(_WORDS),
        data=draw(st.sampled_from(("", "mnist", "fashion-mnist", "a/folder"))),
        preparation=Preparation() if table.words else draw(preparations()),
        text=draw(texts) if table.words else TextPreparation(),
        recipe=draw(st.one_of(recipes(), st.just(Recipe()))),
    )
