"""Headings, layers and sentences in the words of five languages, whose parts may be put together in many ways."""

import pytest

from striate.documents.table.prose import read_prose
from striate.documents.table.words import ops_in, roles_of


@pytest.mark.parametrize(
    ("role", "titles"),
    [
        ("output", "Output tensor shape; 출력 해상도; 결과 크기; 출력 특징 맵; 输出特征图尺寸; 输出分辨率; 出力解像度; Ausgabetensor"),
        ("input", "Input resolution; 입력 해상도; 입력 텐서; 输入张量; 入力特徴マップ; Größe der Eingabe; Eingangsform"),
        ("maps", "출력 깊이; 커널 개수; 卷积核数目; 特征图数目; フィルタの枚数; 出力チャンネル; Ausgangskanäle; Anzahl der Filter"),
        ("maps in", "in_ch; Channels (in); 입력 깊이; 入力チャンネル数; Eingangskanäle"),
        ("kernel", "필터 형태; 창 크기; 卷积核形状; 窗口大小; フィルタ形状; 窓サイズ; Fenstergröße; Faltungskern"),
        ("stride", "이동 간격; 滑动步长; ストライド幅; Schrittgröße"),
        ("padding", "Padding mode; 제로 패딩; 零填充; ゼロパディング; Nullauffüllung"),
        ("parameters", "# of params; 학습 가능한 파라미터; 参数数目; 学習可能なパラメータ数; Anzahl trainierbarer Parameter"),
        ("units", "뉴런 개수; 神经元个数; ノード数; Anzahl Neuronen"),
        ("repeats", "횟수; 繰り返し回数; Wiederholung"),
        ("type", "층 유형; 연산 종류; 操作类型; 運算; Art der Schicht"),
    ],
)  # fmt: skip
def test_a_heading_is_what_its_parts_say(role: str, titles: str) -> None:
    found = {title: roles_of(title)[:1] for title in titles.split("; ")}
    assert found == dict.fromkeys(titles.split("; "), (role,))


@pytest.mark.parametrize(
    "title", ["Output quality", "출력 품질", "Dataset shape", "卷积核颜色", "Kern der Sache"]
)
def test_a_heading_with_an_unknown_part_is_not_known(title: str) -> None:
    assert roles_of(title) == ()


@pytest.mark.parametrize(
    ("op", "names"),
    [
        ("depthwise", "깊이별 컨볼루션; 채널별 합성곱; 逐深度卷积; 深さ方向の畳み込み; Tiefenweise Faltung"),
        ("separable", "깊이별 분리 합성곱; 深さ方向分離可能畳み込み; Tiefenweise separierbare Faltung"),
        ("average pooling", "애버리지 풀링; 均值池化; 平均値プーリング; Mittelwert-Pooling"),
        ("max pooling", "최댓값 풀링; 最大汇聚; Maxプーリング; Maximalwert-Pooling"),
        ("global average", "글로벌 애버리지 풀링; 全局均值池化; 大域的平均プーリング; Globales Average-Pooling"),
        ("global max", "글로벌 맥스 풀링; 全局最大池化; 大域最大プーリング; Globales Max-Pooling"),
        ("dense", "전연결층; 선형층; 线性层; 稠密层; 全接続層; 密結合; voll verknüpft"),
        ("flatten", "플래트닝; 1차원 변환; 一次元化; Vektorisierung"),
        ("normalisation", "배치 노멀라이제이션; バッチノーマライゼーション; Stapelnormalisierung"),
    ],
)  # fmt: skip
def test_a_layer_is_known_in_the_words_of_its_language(op: str, names: str) -> None:
    assert {name: [found for *_, found in ops_in(name)] for name in names.split("; ")} == {
        name: [op] for name in names.split("; ")
    }


@pytest.mark.parametrize(
    "sentence",
    [
        "This amounts to 12,345 parameters.",
        "모델은 12,345개의 파라미터를 가진다.",
        "파라미터 총합: 12,345",
        "学習可能なパラメータは 12,345 個である。",
        "パラメータの総数は 12,345 個。",
        "参数量约为 12,345。",
        "整个网络有 12,345 个可训练参数。",
        "Das Netz hat insgesamt 12.345 trainierbare Parameter.",
        "Die Parameterzahl beträgt 12.345.",
    ],
)
def test_a_total_is_found_in_the_sentences_of_a_language(sentence: str) -> None:
    totals = read_prose([(1, sentence)], [], 3).totals
    assert [count.replace(",", "").replace(".", "").lstrip("~") for _, count in totals] == ["12345"]


@pytest.mark.parametrize(
    "sentence",
    [
        "C1의 파라미터는 12,345개이다.",
        "第一层的参数量为 12,345。",
        "畳み込み層のパラメータは 12,345 個である。",
        "Die Anzahl der Parameter der ersten Schicht ist 12.345.",
        "학습되지 않는 파라미터는 12,345개이다.",
    ],
)
def test_a_count_of_a_part_is_no_total(sentence: str) -> None:
    assert read_prose([(1, sentence)], [], 3).totals == []


@pytest.mark.parametrize(
    ("sentence", "habit", "value"),
    [
        ("None of the layers has a bias term.", "has_bias", False),
        ("Keine Schicht hat einen Bias.", "has_bias", False),
        ("卷积层不含偏置。", "has_bias", False),
        ("합성곱 뒤에는 모두 배치 정규화가 오고 편향은 없다.", "has_normalisation", True),
        ("합성곱마다 배치 정규화를 한다.", "has_normalisation", True),
        ("所有卷积均采用 same 填充。", "padding", "same"),
        ("畳み込みは same パディング。", "padding", "same"),
        ("The first 3×3 of stage3 has stride 2.", "strided", (3, 3)),
        ("Where a shortcut projects, the 3×3 convolution has stride 2.", "strided", (3, 3)),
        ("The shortcut is a 1×1 convolution with stride 2.", "strided", None),
        ("3×3 합성곱의 보폭은 2이다.", "strided", (3, 3)),
        ("第一个 3×3 卷积的步长为 2。", "strided", (3, 3)),
        ("Die 3×3-Faltung hat Schrittweite 2.", "strided", (3, 3)),
    ],
)
def test_what_sentences_say_of_all_layers_is_heard(
    sentence: str, habit: str, value: object
) -> None:
    assert getattr(read_prose([(1, sentence)], [], 3), habit) == value
