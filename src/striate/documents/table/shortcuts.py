"""What sentences say of shortcuts where the shapes of a residual block differ: convolutions, or none."""

import re
from typing import Literal

from striate.documents.patterns import pattern_of


_I = re.IGNORECASE

Shortcut = Literal["projection", "none", "identity", "unclear", ""]
"""`none`: plainly without weights; `identity`: said of all shortcuts, and of none in particular."""

SHORTCUT = pattern_of(
    r"short-?cut|skip|option|스킵|지름길|숏컷|捷径|ショートカット|スキップ|abkürzung", _I
)
_PROJECTION = pattern_of(
    r"projection|1x1[ -]?(?:의 |的|の)?(?:conv|합성곱|컨볼루션|卷积|畳み込み|faltung)|option b|투영|사영|프로젝션|投影|射影|projektion",
    _I,
)
_NO_PROJECTION = pattern_of(
    r"(?<![a-z])(?:no|not|never|without|instead of|rather than|kein[en]*|ohne|statt)(?: \w+){0,3} "
    r"(?:projections?|1x1 conv\w*|weights|param(?:eter)?s|projektion(?:en)?|parameter|gewichte)(?![a-z])|"
    r"(?:투영|사영|프로젝션|1x1 ?(?:합성곱|컨볼루션)|파라미터|매개 ?변수|가중치)[은는이가을를도]? ?(?:\w+ )?(?:없|쓰지 않|사용하지 않|안 쓰|대신)|"
    r"(?:无|不[用使带含]\w{0,3}|没有)(?:投影|1x1卷积|参数)|(?:射影|投影|パラメータ|重み)[はをの]?(?:なし|無し|ない|使わ)",
    _I,
)
_WITHOUT_WEIGHTS = pattern_of(
    r"option a(?![a-z])|zero[- ]?padd|padd(?:ed|ing) with zero|param(?:eter)?-?free|옵션 ?a(?![a-z])|"
    r"(?:0|영|제로)(?:으로|로)? ?(?:채|패딩)|补零|零填充|ゼロ(?:パディング|埋め|で埋め)|mit nullen",
    _I,
)
_IDENTITY = pattern_of(r"identit(?:y|ies)|항등|恒等|identität", _I)
_SOMETIMES = pattern_of(
    r"(?<![a-z])(?:where|when|if|else|otherwise|elsewhere|others?|unless|while|same|match\w*|agree|equal|within|"
    r"sonst|wo|wenn|falls|gleich\w*|übrigen)(?![a-z])|같|동일|일치|나머지|그 ?외|다른|때|경우|相同|一致|其他|其余|时|それ以外|同じ|場合",
    _I,
)
_DIFFERS = pattern_of(
    r"dimension|differ|downsampl|shapes?|sizes?|channels|차원|크기|채널|모양|维度|尺寸|通道|次元|サイズ|größe",
    _I,
)


def shortcut_in(words: str) -> Shortcut:
    """Tell what a sentence says of shortcuts where shapes differ; nothing if it does not speak of them.

    >>> shortcut_in("Shortcuts are identities."), shortcut_in("지름길은 모두 1x1 합성곱(투영)이다.")
    ('identity', 'projection')
    """
    if not SHORTCUT.search(words):
        return ""
    without = bool(_NO_PROJECTION.search(words))
    left = _NO_PROJECTION.sub(" ", words) if without else words
    is_plain = without or bool(_WITHOUT_WEIGHTS.search(left))
    if _PROJECTION.search(left):
        return "unclear" if is_plain else "projection"
    if is_plain:
        return "none"
    if _IDENTITY.search(left):
        # Of those where shapes agree this tells nothing of the others.
        return "" if _SOMETIMES.search(left) else "identity"
    return "unclear" if _DIFFERS.search(left) else ""
