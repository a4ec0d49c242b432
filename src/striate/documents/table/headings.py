"""What a heading means by its parts: `출력 특징 맵`, `フィルタの枚数` and `Ausgangskanäle` are made of words that others use alone."""

from typing import Final

from striate.documents.patterns import pattern_of


_PARTS: Final = (
    ("out", r"output|out|출력|결과|输出|出力|ausgabe|ausgangs?"),
    ("in", r"input|in|입력|输入|入力|eingabe|eingangs?"),
    (
        "kernel",
        r"kernels?|filters?|masks?|windows?|커널|필터|마스크|윈도우|창|卷积核|滤波器|核|窗口?|フィルター?|カーネル|窓|faltungskern|filterkern|kern[es]?|fenster",
    ),
    (
        "map",
        r"feature ?maps?|maps?|(?:특징|특성) ?맵|맵|特征图|特徴マップ|マップ|merkmalskarten?|karten?",
    ),
    (
        "channel",
        r"channels?|ch|depth|채널|깊이|通道|深度|チャンネル|チャネル|深さ|kanäle|kanal|kanäl|tiefe",
    ),
    (
        "whole",
        r"tensors?|volumes?|data|images?|spatial|空间|空間|공간|räumliche[rs]?|텐서|볼륨|데이터|이미지|영상|값|张量|数据|图像|テンソル|データ|画像|tensor|bild",
    ),
    (
        "size",
        r"sizes?|shapes?|dim(?:ension)?s?|resolution|크기|형태|형상|모양|해상도|차원|사이즈|尺寸|形状|大小|分辨率|维度|サイズ|形|大きさ|解像度|次元|grösse|form(?:at)?|auflösung|masse",
    ),
    ("count", r"numbers?|counts?|no|num|개수|갯수|수|数目|数量|个数|枚数|个|数|(?:an)?zahl"),
    (
        "trained",
        r"trainable|learnable|trained|free|total|all|(?:학습|훈련)(?:할|되는|하는|된)?|가능한?|총|전체|需训练|待训练|可训练|可学习|训练|学习|总|学習|訓練|可能な?|総|zu (?:lernende|trainierende)[rn]?|trainierbare[rn]?|lernbare[rn]?|freie[rn]?",
    ),
    (
        "parameters",
        r"parametern|param(?:eter)?s?|learnables|파라미터|매개 ?변수|모수|参数|パラメーター?",
    ),
    ("stride", r"strides?|스트라이드|보폭|이동|간격|滑动|步长|步幅|ストライド|歩幅|移動|schritt(?:weite)?"),
    ("padding", r"padding|pad|패딩|填充|补零|パディング|余白|auffüllung|polsterung|rand"),
    ("zero", r"zero|제로|零|边缘|ゼロ|null"),
    ("way", r"mode|amount|방식|방법|方式|方法|幅"),
    ("layer", r"layers?|계층|층|레이어|网络层|层|層|レイヤー?|schicht"),
    ("type", r"types?|kind|종류|유형|타입|类型|种类|種類|種別|タイプ|typ|art"),
    ("operation", r"operations?|연산|操作|运算|演算|処理"),
    ("place", r"번호|순서|순번|序号|编号|番号|nummer"),
    ("neuron", r"neuronen|neurons?|units?|nodes?|뉴런|노드|유닛|神经元|节点|单元|ニューロン|ノード|ユニット|neuronen|knoten|einheiten"),
    ("repeats", r"repeats?|repetitions?|반복|重复|繰り返し|反復|wiederholung(?:en)?|wdh"),
    ("times", r"횟수|次数|回数"),
    ("activation", r"activation|활성화?|激活|活性化|non-?linearity|비선형|非线性|非線形|nichtlinearität|aktivierung"),
    ("function", r"functions?|함수|函数|関数|funktion"),
)  # fmt: skip
_LATIN_WORD = r"(?<![a-zäöü])(?:of|the|der|des|die|von)(?![a-zäöü])"
_BETWEEN = pattern_of(rf"[\s\-_#.·()]+|{_LATIN_WORD}|의|的|の")

_MEANINGS: Final[tuple[tuple[str, str, str], ...]] = (
    ("parameters", "parameters", "trained count"),
    ("padding", "padding", "zero size way"),
    ("stride", "stride", "size way"),
    ("activation", "activation", "function way"),
    ("repeats", "repeats", "times count"),
    ("repeats", "times", ""),
    ("units", "neuron", "count out"),
    ("number", "layer place", ""),
    ("type", "layer type", "operation"),
    ("type", "operation", "type layer"),
    ("maps", "kernel count", "out"),
    ("kernel", "kernel size", ""),
    ("kernel", "kernel", ""),
    ("maps", "kernel out", ""),
    ("maps", "channel", "out count"),
    ("maps in", "channel in", "count"),
    ("maps", "map count", "out"),
    ("maps in", "map in count", ""),
    ("output", "map size", "out whole"),
    ("size", "size whole", ""),
    ("output", "out", "map whole size"),
    ("input", "in", "map whole size"),
)
"""A role, the parts that a heading of it has, and those that it may have besides."""


def role_by_parts(words: str) -> str:
    """Give the role of a heading by the parts that it is made of; nothing where a part is not known.

    Args:
        words: The heading, folded.
    """
    parts = _parts_of(words)
    for role, needed, allowed in _MEANINGS:
        has = set(needed.split())
        if has <= parts <= has | set(allowed.split()):
            return role
    return ""


def _parts_of(words: str) -> set[str]:
    """Give the kinds of all parts of a heading; nothing if one of them is not known."""
    found: set[str] = set()
    at = 0
    while at < len(words):
        between = _BETWEEN.match(words, at)
        # The longest part that begins here is the one that is meant: `数据` is no count.
        longest = max(
            (
                (part.end(), kind)
                for kind, pattern in _PATTERNS
                if (part := pattern.match(words, at))
            ),
            default=None,
        )
        if between and (longest is None or between.end() > longest[0]):
            at = between.end()
        elif longest is not None:
            at = longest[0]
            found.add(longest[1])
        else:
            return set()
    return found


_PATTERNS: Final = tuple((kind, pattern_of(f"(?:{pattern})")) for kind, pattern in _PARTS)
