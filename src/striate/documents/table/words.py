"""The words for columns, layers and functions in English, Korean, Chinese, Japanese and German."""

import re
from collections.abc import Iterable, Mapping
from functools import lru_cache
from typing import Literal, get_args

from striate.documents.patterns import pattern_of
from striate.documents.table.headings import role_by_parts
from striate.documents.table.text import plain
from striate.documents.vocabulary import Column, function_words


Role = Literal[
    "number",
    "layer",
    "type",
    "details",
    "note",
    "kernel",
    "stride",
    "padding",
    "maps",
    "maps in",
    "units",
    "output",
    "input",
    "activation",
    "parameters",
    "weights",
    "biases",
    "operations",
    "connections",
    "neurons",
    "dropout",
    "pooling",
    "repeats",
    "groups",
    "dilation",
    "normalisation",
    "size",
    "field",
    "measure",
    "from",
    "n1x1",
    "n3x3_reduce",
    "n3x3",
    "n5x5_reduce",
    "n5x5",
    "pool_projection",
    "ignored",
]
"""What a column of a table of layers may hold; `measure` is a result, which no such table has."""

SIZES: tuple[Role, ...] = ("output", "input", "size")
"""What holds the sizes of maps."""

Op = Literal[
    "input",
    "convolution",
    "depthwise",
    "separable",
    "transposed",
    "max pooling",
    "average pooling",
    "lp pooling",
    "pooling",
    "global average",
    "global max",
    "adaptive average",
    "adaptive max",
    "dense",
    "flatten",
    "activation",
    "normalisation",
    "dropout",
    "response",
    "padding",
    "upsampling",
    "add",
    "concat",
    "multiply",
    "inception",
    "embedding",
    "recurrent",
    "output",
    "total",
    "preparation",
    "identity",
    "unsupported",
]
"""What a row, or a part of it, does, as far as words tell."""

_ROLES: tuple[tuple[Role, str], ...] = (
    ("n1x1", r"# ?1x1"),
    ("n3x3_reduce", r"#? ?3x3 reduce"),
    ("n3x3", r"# ?3x3"),
    ("n5x5_reduce", r"#? ?5x5 reduce"),
    ("n5x5", r"# ?5x5"),
    ("pool_projection", r"pool ?proj(ection)?"),
    (
        "measure",
        (
            r"acc(uracy|\.)?|(val(idation)?|train(ing)?|test)\b.*|loss|error.*|top-?[15].*|f1.*|precision|recall|"
            r"auc|m?ap|iou|fps|latency.*|time.*|epochs?|rank|dataset|정확도|오차|손실|에폭|准确率|精度|损失|正解率|損失|"
            r"genauigkeit|fehler.*|verlust"
        ),
    ),
    (
        "field",
        r"receptive ?field.*|(rf|jump|j|start)( ?(in|out|size))?|수용 ?영역.*|感受野.*|受容野.*|rezeptives feld|jump|effective stride",
    ),
    (
        "number",
        r"#|no\.?|nr\.?|num(ber)?\.?|id|idx|index|s\.? ?no\.?|step|stage #|번호|순서|순번|编号|序号|番号|nummer|layer (no\.?|number|#|index|id)|层号|层数",
    ),
    (
        "parameters",
        (
            r"(total |trainable |learnable |number of |num\.? (of )?|no\.? of |n\.? ?|(?:#|no\.) ?)*\(?(params?|parameters?)\)?( ?#| ?\(#\)| count| number| no\.?)?( \(trainable\))?|weights ?(\+|and|&) ?bias(es)?|"
            r"(학습 ?)?(파라미터|매개 ?변수|모수)( ?수| ?개수)?|(可训练|可學習|可学习|训练)?(参数|參數)(量|数|数量|个数|數量)?|(学習)?(パラメータ|パラメーター)(数)?|anzahl (der )?parameter|parameter(zahl|anzahl)"
        ),
    ),
    (
        "weights",
        r"((number of |no\.? of |# ?(of )?)?weights?( count)?)|가중치( ?수| ?개수)?|权重(数|数量|个数)?|重み(数|の数)?|(anzahl )?gewichte",
    ),
    (
        "biases",
        r"(number of |no\.? of |# ?(of )?)?bias(es)?( count)?|편향( ?수)?|偏置(数|数量|个数)?|バイアス(数)?|bias-?werte",
    ),
    (
        "operations",
        r"(macs?|flops?|m?flops|gflops|mult-?adds?|multiply-?adds?|madds?|ops|operations)( ?\(.*\))?|연산량?|계산량|计算量|運算量|演算(数|量)",
    ),
    ("connections", r"(number of |# ?)?connections?|연결( ?수)?|连接数?|接続数"),
    (
        "neurons",
        r"(number of |# ?(of )?)?(neurons|activations?( size| count)?|activation (shape|volume))|뉴런( ?수)?|神经元(数|数量)?",
    ),
    (
        "dropout",
        r"drop-?out( rate| prob(ability)?| ?\(.*\))?|드롭아웃( ?비율)?|丢弃率|ドロップアウト(率)?",
    ),
    (
        "pooling",
        r"pool(ing)?( size| window| kernel)?|max-?pool(ing)?|풀링( ?크기)?|池化(核|尺寸|窗口|大小)?|プーリング(サイズ)?|pooling-?größe",
    ),
    (
        "stride",
        r"strides?( ?size)?|s|step( size)?|스트라이드|보폭|간격|步长|步幅|步長|ストライド|schritt(weite)?|schrittweiten",
    ),
    (
        "padding",
        r"(zero[- ]?)?pad(ding|s)?( ?size| ?type)?|p|패딩|填充(方式)?|补零|パディング|auffüllung|rand",
    ),
    (
        "kernel",
        (
            r"((conv(olution(al)?)?|filter|kernel|patch|window|receptive|mask)s?[ -]?)(size|shape|dim(ension)?s?|width)?( ?/ ?(stride|pool|s|pooling|window)| ?\(.*\))?|filter ?/ ?pool(ing)?|kernel ?/ ?pool(ing)?|"
            r"kernels?|k|size ?/ ?strides?( ?/ ?pad(ding)?)?|filter shape|커널( ?크기| ?사이즈)?|필터( ?크기| ?사이즈)|윈도우( ?크기)?|(卷积)?核(大小|尺寸)?|卷积核(大小|尺寸)?|滤波器(大小|尺寸)|(カーネル|フィルタ|フィルター)(サイズ|の大きさ|の?サイズ)|カーネル|kern(el)?(größe|grösse)?|filter(größe|grösse)|(filter|kernel) (size )?/ ?stride"
        ),
    ),
    (
        "maps",
        (
            r"((number of |num\.? (of )?|no\.? (of )?|#|n\.? )? ?(of )?(output |out[ _-]?)?(filters?|kernels?|channels?|feature ?maps?|maps?|features|depth|width|ch))( ?\(?out\)?| ?count)?|"
            r"#?c|#? ?c ?out|# ?out|n ?filters?|(?:filters?|kernels?|channels?|maps?) (?:numbers?|num|no\.?)|"
            r"in(put)?s?( ?(channels?|ch|maps?|features))? ?(→|->|⇒|to|/) ?out(put)?s?( ?(channels?|ch|maps?|features))?|c ?in ?(→|->|/) ?c ?out|"
            r"(channels?|ch|maps) ?\(?in ?(→|->|/|to) ?out\)?|filters?/units?|filters? ?\(units?\)|(filters|channels|maps)( ?/ ?| or )(units|neurons|nodes)|필터( ?수| ?개수)?|(출력 ?)?채널( ?수)?|(특성|특징) ?맵( ?수| ?개수)?|맵( ?수)?|깊이|"
            r"(输出)?通道(数)?|卷积核(数|个数|数量)|滤波器(数|数量|个数)?|特征图(数|数量|个数)?|(出力)?チャネル(数)?|チャンネル(数)?|(フィルタ|フィルター|カーネル)(数|の数)?|特徴マップ(数)?|filter(anzahl|zahl)?|(anzahl )?(filter|kanäle|(merkmals)?karten)|ausgabekanäle|kanäle"
        ),
    ),
    (
        "maps in",
        r"(input|in)[ _-]?(channels?|maps?|depth|features)|#? ?c ?in|# ?in|입력 ?채널( ?수)?|输入通道(数)?|入力チャネル(数)?|eingabekanäle",
    ),
    (
        "units",
        r"(number of |# ?(of )?)?(units|nodes|hidden units|out[ _-]?features)|유닛( ?수)?|노드( ?수)?|单元(数|数量)?|节点(数)?|ユニット(数)?|einheiten|knoten|neuronen",
    ),
    (
        "output",
        (
            r"(out(put)?s?|resulting|(feature ?)?maps?|activation)[ _-]?(shape|size|dim(ension)?s?|volume|tensor|resolution|feature ?map|map size|maps?)?( ?\(.*\))?( ?\[.*\])?|outputs?|output \(.*\)|shape|"
            r"dimensions?|(?:(?:특성|특징) ?)?맵 ?(?:크기|형태|모양)|特征图(?:大小|尺寸|形状)|特徴マップ(?:の)?(?:サイズ|大きさ|形状)|(?:merkmals)?kartengröße|출력( ?(크기|형태|모양|형상|차원|사이즈|맵))?( ?\(.*\))?|(输出|輸出)(尺寸|形状|大小|维度|shape|特征图|尺度)?( ?\(.*\))?|(出力)(サイズ|形状|の形|次元|の?大きさ|マップ)?|ausgabe(größe|grösse|form|dimension|maße)?|ausgang(sgröße)?"
        ),
    ),
    (
        "input",
        r"in(put)?s?[ _-]?(shape|size|dim(ension)?s?|volume|tensor|resolution|feature ?map)( ?\(.*\))?|inputs?|in|입력( ?(크기|형태|모양|형상|차원|사이즈))( ?\(.*\))?|입력|(输入|輸入)(尺寸|形状|大小|维度|shape)?( ?\(.*\))?|(入力)(サイズ|形状|の形|次元|の?大きさ)?|eingabe(größe|grösse|form|dimension|maße)?|eingang(sgröße)?",
    ),
    (
        "activation",
        r"(activations?|act\.?|non-?linearity|nonlinearity|nonlin\.?|transfer)( ?(func(tion)?s?|fn\.?|layer))?|활성화( ?함수)?|활성 ?함수|激活(函数)?|激活函數|活性化(関数)?|aktivierung(sfunktion)?",
    ),
    (
        "repeats",
        r"repeat(s|ed|ition)?s?|n|times|counts?|(?:#|no\.? of|num(?:ber of)?) ?(?:layers|blocks|repeats)|depth n|반복( ?수| ?횟수)?|重复(次数)?|次数|繰り返し(数)?|wiederholungen|× ?n|x ?n",
    ),
    ("groups", r"groups?|그룹( ?수)?|分组(数)?|组数|グループ(数)?|gruppen"),
    ("dilation", r"dilations?( rate)?|팽창(률)?|扩张率|空洞率|膨胀率"),
    ("normalisation", r"(batch ?)?norm(ali[sz]ation)?|bn|배치 ?정규화|批(量)?归一化|バッチ正規化"),
    ("size", r"size|dim(ension)?|크기|尺寸|大小|サイズ|größe"),
    (
        "from",
        (
            r"from|(?:inputs?|reads|takes(?: input)?|taken|fed|comes) (?:from|by)|connected (?:to|with)|connections?|reads|inputs?( layers?)?|bottoms?|parents?|sources?|prev(ious)?( layers?)?|predecessors?|"
            r"연결( ?대상|된 ?층)?|입력( ?층| ?레이어)?|이전 ?층|来自|输入(层)?|上一层|前一层|接続(元|先)?|入力(層|元)?|前の層|eingang|eingabe|verbunden mit|vorgänger"
        ),
    ),
    (
        "layer",
        (
            r"(layer|block|stage|module|op(erator|eration)?|unit|component|name)s?([ _-]?(names?|id|type|\(type\)|/ ?type|block))?|layers? ?\(type\)|type ?/ ?stride|"
            r"(계층|레이어|층|블록|모듈|단계|구간|이름)( ?(이름|명|종류|타입))?|구조|구성|(网络|網路)?(层|層)(名|名称|名稱|类型|级)?|层次|模块|阶段|ステージ|stufe|名称|(層|レイヤー?|ブロック|名前)(名|の種類)?|schicht(en)?(name|typ)?|ebene|lage|name|bezeichnung"
        ),
    ),
    (
        "type",
        r"types?( of layer)?|layer[ _-]?type|kind|operation type|종류|타입|유형|类型|類型|种类|操作|种別|種類|タイプ|種別|art|typ|schicht(art|typ)|layer type",
    ),
    (
        "details",
        (
            r"(details?|config(uration)?s?|settings?|specs?|specifications?|descriptions?|hyper-?params?|hyper-?parameters?|arguments|args|attributes?|options?|properties|structure|definition|design|parameters? ?\(config\))( ?/.*)?|"
            r"설정|상세|세부( ?사항| ?설정| ?내용)?|구성|설명|내용|하이퍼 ?파라미터|옵션|详情|细节|配置|设置|设定|说明|描述|参数设置|参数配置|結構|结构|詳細|設定|説明|内容|構成|einstellung(en)?|beschreibung|konfiguration|details"
        ),
    ),
    (
        "note",
        r"(notes?|remarks?|comments?|purposes?|functions?|roles?|why|explanation|meaning|memory.*|size \(mb\)|mem\.?)|비고|설명|메모|역할|목적|의미|备注|註|说明|作用|功能|用途|備考|役割|目的|bemerkung(en)?|kommentare?|zweck|anmerkung(en)?|hinweis(e)?|处理(内容)?|処理(内容)?",
    ),
)
_ROLE_PATTERNS = tuple(
    # Headings are folded, which writes `Größe` as `grösse`.
    (role, pattern_of(rf"(?:{pattern.replace('ß', 'ss')})", re.IGNORECASE))
    for role, pattern in _ROLES
)

_LATIN = r"(?<![a-z])(?:{})(?![a-z])"

_OVER_ALL = r"(?:전역|글로벌|광역|전체|全局|全域|全体|グローバル|大域的?)"
_MEAN = r"(?:평균 ?값?|[애에]버리지|均值|平均[值値]?|アベレージ)"
_LARGEST = r"(?:최대 ?값?|최댓값|맥스|最大[值値]?|マックス)"
_POOL = r"(?:풀링|池化|汇聚|プーリング)[층层層]?"
_CONVOLVES = r"(?:합성곱|컨[볼벌]루션|콘볼루션|畳み?込み?)층?"

_OPS: tuple[tuple[Op, str, str], ...] = (
    (
        "total",
        r"total|sum|totals|gesamt|summe|insgesamt|overall",
        r"합계|총계|총합|전체|总计|总和|合计|合計|總計",
    ),
    (
        # What no row of a table does is named, however much the words beside it are those of a layer.
        "unsupported",
        (
            r"(gated|masked|octave|complex(-valued)?|quaternion|sparse|coord|dynamic|involution|partial|steerable|graph|causal|"
            r"deform(able)?|temporal|ghost|locally[ _-]*connected|untied|dense[ _-]*net)[ _-]*conv(olution(al)?)?s?(2d)?|"
            r"conv(olution(al)?)?[ _-]*1d|1d[ _-]*conv(olution(al)?)?|(global[ _-]*)?(max|average|avg)?[ _-]*pool(ing)?[ _-]*(1d|3d)|"
            r"(roi|stochastic|fractional([ _-]*max)?|sum|(spatial[ _-]*)?pyramid|gem|generali[sz]ed[ _-]*mean|mixed|attention|soft|strip|"
            r"k-?max|bilinear|covariance|min|switch)[ _-]*pool(ing)?|a?spp|spatial[ _-]*softmax|time[ _-]*distributed|bidirectional|bi-?(lstm|gru)|"
            r"(?:linear[ _-]*|inverted[ _-]*)?(residual|res|bottleneck|dense|transition|fire|mbconv|inverted[ _-]*residual|convnext|shuffle(net)?|ghost|"
            r"csp|se|identity|squeeze|hourglass|dropout|highway|attention|vision)[ _-]*(block|module|unit|bottleneck|stage)s?|"
            r"transition[ _-]*layers?|linear[ _-]*bottlenecks?|inverted[ _-]*(residuals?|bottlenecks?)|(fused-?)?mbconv\d?|highway([ _-]*layer)?|"
            r"squeeze[ -]*(and|&|-)?[ -]*excit(e|ation)|cbam|non-?local|netvlad|maxout|crelu|c\.relu|(swi|ge|re)?glu|"
            r"(pixel|channel)[ _-]*(un)?shuffle|depth[ _-]*to[ _-]*space|space[ _-]*to[ _-]*depth|crop(ping)?([ _-]*2d)?|permute|"
            r"drop-?(block|connect|path)|stochastic[ _-]*depth|gaussian[ _-]*(noise|dropout)|(l[12]|weight|spectral)[ _-]*norm(ali[sz](e|ation))?|"
            r"(gabor|sobel|wavelet|haar)( filters?)?|slice|split|chunk"
        ),
        r"잔차 ?블록|残差(块|模块|ブロック)|注意力|주의 ?집중",
    ),
    (
        "transposed",
        r"(conv(olution)?2?d?transposed?(2d)?|transposed?[ _-]*conv(olution(al)?)?([ _-]*2d)?|de-?conv(olution(al)?)?([ _-]*2d)?|up-?conv(olution)?(2d)?|convtranspose2d)([ _-]*layer)?",
        r"전치 ?합성곱(층)?|转置卷积(层)?|反卷积(层)?|転置畳み込み(層)?|transponierte faltung",
    ),
    (
        "separable",
        r"(depth-?wise[ _-]*)?separable[ _-]*(conv(olution(al)?)?([ _-]*2d)?)?(layer)?|sepconv(2d)?|separableconv2d|dsconv|ds[ _-]conv|(tiefenweise[ -]*)?separierbare faltung",
        rf"深度可分离卷积(层)?|깊이별 ?분리( ?가능한?)?( ?{_CONVOLVES})?|(深さ|深度)(方向|ごと)の?分離(可能な?)?{_CONVOLVES}",
    ),
    (
        "depthwise",
        r"(depth-?wise|dw)[ _-]*(conv(olution(al)?)?([ _-]*2d)?|faltung(sschicht)?)?([ _-]*layer)?|conv(olution)?(2d)?[ _-]*(dw|depth-?wise)|dwconv(2d)?|depthwiseconv2d|tiefenweise faltung(sschicht)?",
        rf"(깊이별|깊이 ?방향|채널별|뎁스 ?와이즈) ?{_CONVOLVES}|逐(通道|深度)卷积|深度卷积|((深さ|深度)(方向|ごと)の?|チャンネルごとの|デプスワイズ){_CONVOLVES}",
    ),
    (
        "adaptive average",
        r"adaptive[ _-]*(avg|average)[ _-]*pool(ing)?([ _-]*2d)?([ _-]*layer)?",
        r"적응(형|적)? ?평균 ?풀링(층)?|自适应平均池化(层)?|適応(的)?平均プーリング(層)?",
    ),
    (
        "adaptive max",
        r"adaptive[ _-]*max[ _-]*pool(ing)?([ _-]*2d)?([ _-]*layer)?",
        r"적응(형|적)? ?최대 ?풀링(층)?|自适应最大池化(层)?",
    ),
    ("inception", r"inception([ _-]*(module|block))?", r"인셉션( ?모듈)?"),
    (
        "unsupported",
        r"(conv(olution(al)?)?|pool(ing)?)[ _-]*3d|3d[ _-]*(conv(olution(al)?)?|pool(ing)?)|local(ly)?[ _-]*connected([ _-]*[12]d)?|capsules?|caps|conv(olution)?(al)?[ _-]*lstm(2d)?",
        r"지역 ?연결|局部连接",
    ),
    (
        "global average",
        r"global[ _-]*(avg|average|mean)[ _-]*pool(ing)?([ _-]*2d)?(d)?([ _-]*layer)?|gap|global[ _-]*pool(ing)?([ _-]*\(?(avg|average)\)?)?|globale[sr]?[ -]*(mittelwert|durchschnitts|average|avg)-?(pooling|bildung)|spatial average",
        rf"{_OVER_ALL} ?{_MEAN} ?{_POOL}",
    ),
    (
        "global max",
        r"global[ _-]*max(imum)?[ _-]*pool(ing)?([ _-]*2d)?(d)?([ _-]*layer)?|globale[sr]?[ -]*max(imum|imalwert)?-?(pooling|bildung)|gmp",
        rf"{_OVER_ALL} ?{_LARGEST} ?{_POOL}",
    ),
    (
        "max pooling",
        r"max(imum)?[ _-]*pool(ing)?s?(e[rd])?([ _-]*2d)?(d)?([ _-]*layer)?|mp2d|maximalwert-?(pooling|bildung)|maximum-?bildung",
        rf"(?:{_LARGEST}|(?<![a-z])max) ?{_POOL}",
    ),
    (
        "average pooling",
        r"(avg|average|mean)[ _.-]*pool(ing)?s?([ _-]*2d)?(d)?([ _-]*layer)?|(mittelwert|durchschnitts)-?(pooling|bildung)(s-?schicht)?|mittelung(s-?schicht)?",
        rf"(?:{_MEAN}|(?<![a-z])(?:avg|average)) ?{_POOL}",
    ),
    (
        "lp pooling",
        r"(l[ _-]?[2p]|l\d+[ _-]norm|l[ _-]?p[ _-]norm|power[ _-]*average|euclidean)[ _-]*pool(ing)?s?([ _-]*2d)?([ _-]*layer)?",
        r"l[2p] ?(풀링(층)?|池化(层)?|プーリング(層)?)|거듭제곱 ?평균 ?풀링(층)?",
    ),
    (
        "pooling",
        r"(sub-?sampl(ing|e)|pool(ing)?s?)([ _-]*2d)?(d)?([ _-]*layer)?|pooling-?schicht",
        r"풀링(층|계층)?|池化(层)?|汇聚层|プーリング(層)?|다운 ?샘플링|서브 ?샘플링|부표본화|[下降]采样(层)?|ダウンサンプリング|サブサンプリング",
    ),
    (
        "convolution",
        r"convolv(e[sd]?|ing)|conv(olution(al)?|olutions)?(s)?([ _-]*[23]?d)?([ _-]*layer)?s?|cnn|faltung(s-?(schicht|ebene|lage|layer))?(en)?|konvolution(s-?schicht)?|convolu[cç](ión|ão)|conv-?schicht",
        r"합성곱(층| ?계층)?|컨(볼|벌)루션(층| ?레이어)?|콘볼루션(층)?|卷积(层)?|卷積(層)?|(畳|たた)み?込み?(層)?|コンボリューション(層)?",
    ),
    (
        "dense",
        r"(fully|full)[ _-]*(connected|connection|connect|conn\.?)([ _-]*layer)?|dense(s)?([ _-]*layer)?|linear([ _-]*layer)?|fc|inner[ _-]?product|affine|hidden([ _-]*layer)?|mlp|voll(ständig)?[ _-]?(verbunden|vernetzt|verknüpft|vermascht)(e[sr]?)?( (schicht|lage|ebene))?|volle verbindung|lineare schicht|voll-?(vernetzung|verbindung)|dichte? schicht|connected([ _-]*layer)?|classifier",
        r"완전 ?연결(층| ?계층)?|전 ?(?:결합|연결)(층)?|밀집(층)?|덴스(층)?|어파인|아핀( ?계층)?|선형(층| ?계층)|은닉(층)?|全连接(层)?|全連接(層)?|(?:密集|稠密|线性)层|全(?:結合|接続)(層)?|密結合(層)?|線形層|アフィン|隐藏层|隠れ層",
    ),
    (
        "flatten",
        r"flatten(ed|ing)?([ _-]*layer)?|view|unroll|reshape|flach(klopfen|machen)?|abflach(en|ung)|glätten|ve[ck]tori[sz](e|ation|ierung)",
        r"평탄화(층)?|펼치기|펼침|플래트닝|플래튼|플랫튼|1차원 ?(변환|으로)|一次元化|展平(层)?|压平(层)?|扁平化|拉平|平坦化(層)?|フラット化|フラッテン",
    ),
    (
        "normalisation",
        r"(layer|group|instance)[ _-]*norm(ali[sz](ation|ed))?([12]d)?|batch[ _-]*norm(ali[sz](ation|ed))?([12]d)?([12]d)?([ _-]*layer)?|bn|batchnormalization(v\d)?|(batch|stapel)-?normalisierung|batch-?norm",
        r"배치 ?(정규화|노[멀말]라이제이션)(층)?|批(量|次)?(归一化|标准化|规范化|正则化)(层)?|バッチ(正規化(層)?|ノーマライゼーション|ノルム)",
    ),
    (
        "response",
        r"lrn|local[ _-]*response[ _-]*norm(ali[sz]ation)?",
        r"국소 ?응답 ?정규화|局部响应归一化|局所応答正規化",
    ),
    (
        "dropout",
        r"(spatial[ _-]*)?drop-?out(2d)?([ _-]*layer)?|drop(?=[ _-]?\d{1,2}(?![\d.%]))",
        r"드[롭랍] ?아웃(층)?|随机失活|丢弃(层)?|ドロップアウト(層)?",
    ),
    ("padding", r"zero[ _-]*pad(ding)?([ _-]*2d)?([ _-]*layer)?", r"제로 ?패딩(층)?"),
    ("unsupported", r"(reflection|replication)[ _-]*pad(ding)?(2d)?", r"반사 ?패딩"),
    (
        "upsampling",
        r"up-?sampl(ing|e)(2d)?([ _-]*layer)?",
        r"업샘플링(층)?|上采样(层)?|アップサンプリング",
    ),
    ("multiply", r"multiply|multiplication|mul", r"곱셈|相乘|乗算"),
    (
        "add",
        r"add|addition|shortcut|skip|residual add|eltwise|addieren",
        r"덧셈|합산|相加|加算",
    ),
    (
        "concat",
        r"(depth[ _-]*)?concat(enat(e|ion))?([ _-]*layer)?|merge|verkettung|zusammenführen",
        r"연결(층)?|이어 ?붙이기|拼接(层)?|連結(層)?|結合層",
    ),
    (
        "preparation",
        (
            r"rescal(e|ing)([ _-]*layer)?|pre-?processing|(data[ _-]*)?augment(ation)?|random[ _-]*(flip|rotation|zoom|crop|contrast|translation|brightness)|"
            r"(input|pixel|image|data)[ _-]*(normali[sz]ation|scaling)"
        ),
        r"전처리|증강|预处理|前処理",
    ),
    ("recurrent", r"lstm|gru|rnn|attention|transformer|self-attention", r"순환|循环"),
    ("embedding", r"embedding(s)?", r"임베딩|嵌入"),
    (
        "input",
        r"in(put)?s?([ _-]*(layer|image|picture|data))?(layer)?|image|eingabe(-?(schicht|lage|ebene))?|eingang|(eingabe|eingangs)?bild",
        r"입력(층| ?영상| ?이미지)?|输入(层|图像|图片)?|輸入(層|圖像)?|入力(層|画像)?",
    ),
    (
        "output",
        r"out(put)?s?([ _-]*layer)?|logits|prediction|ausgabe(-?(schicht|lage|ebene))?|ausgang",
        r"출력(층)?|输出(层)?|輸出(層)?|出力(層)?",
    ),
)
_OP_PATTERNS = tuple(
    (op, pattern_of(f"{_LATIN.format(latin)}|{other}", re.IGNORECASE)) for op, latin, other in _OPS
)

_MORE_FUNCTION_WORDS: Mapping[str, str] = {
    "leaky ReLU": r"누설 ?relu",
    "ReLU": r"re-?lus?|rectifi(er|ed[ _-]*linear( units?)?)|整流线性(单元)?|正規化線形",
    "PReLU": r"p-relu",
    "tanh": r"hyperbolic tangent|하이퍼볼릭 ?탄젠트|双曲正切|tangens hyperbolicus",
    "sigmoid": r"シグモイド",
    "softmax": r"soft-?max|소프트 ?맥스|ソフトマックス|归一化指数",
    "log-softmax": r"log[ _-]*soft-?max",
    "softplus": r"soft-plus",
}
"""What functions are called besides the words of our own tables, which `vocabulary.py` holds for all."""


def _words_pattern(words: Iterable[str]) -> str:
    """Return a pattern of words that may be joined in any way: `hard swish`, `hard-swish`, `hardswish`."""
    parts = (re.split(r"[ _-]+", word) for word in words)
    return "|".join(dict.fromkeys(r"[ _-]*".join(map(re.escape, part)) for part in parts))


_FUNCTION_PATTERNS = tuple(
    (
        name,
        pattern_of(
            rf"(?<![a-z])(?:{'|'.join(filter(None, (_words_pattern(words), _MORE_FUNCTION_WORDS.get(name))))})(?![a-z])",
            re.IGNORECASE,
        ),
    )
    for name, words in function_words()
)

SAME = pattern_of(r"(?<![a-z])same(?![a-z])|동일|세임|같음", re.IGNORECASE)
VALID = pattern_of(
    r"(?<![a-z])valid(?![a-z])|no[ -]padding|without padding|unpadded|밸리드|패딩 ?(없음|없이|x)|无填充|不填充|パディング(なし|無し)",
    re.IGNORECASE,
)


_TRADITIONAL = str.maketrans(
    "層級類輸維參數網積長結構說設細節處擴張組連權徵圖態運",
    "层级类输维参数网积长结构说设细节处扩张组连权征图态运",
)
"""Characters of headings as they are written in Taiwan, and as they are in China."""


@lru_cache(maxsize=4096)
def roles_of(title: str) -> tuple[Role, ...]:
    """Give what a heading may mean, the likeliest first; nothing for a heading of no known meaning."""
    words = _heading(title)
    if words == "":
        return ()
    found = [role for role, pattern in _ROLE_PATTERNS if pattern.fullmatch(words)]
    simple = words.translate(_TRADITIONAL)
    if not found and simple != words:
        return roles_of(simple)
    if not found:
        made = role_by_parts(words)
        found = [role for role, _ in _ROLE_PATTERNS if role == made]
    if not found:
        bare = re.sub(r"\s*[(\[].*?[)\]]\s*|\s*:\s\D*$", " ", words).strip()
        found = [role for role, pattern in _ROLE_PATTERNS if bare and pattern.fullmatch(bare)]
    if not found:
        turned = _name_of_part(words)
        found = [role for role, pattern in _ROLE_PATTERNS if turned and pattern.fullmatch(turned)]
    if not found and "/" in words:
        first = words.split("/")[0].strip()
        found = [role for role, pattern in _ROLE_PATTERNS if first and pattern.fullmatch(first)]
    return tuple(dict.fromkeys(found))


_PART_OF = pattern_of(r"(?P<part>\w+) (?:of|der|des|von) (?:the |each )?(?P<whole>\w[\w ]*?)")


def _name_of_part(words: str) -> str:
    """Give `size of filters` as `filter size`, and `输出的大小` as `输出大小`; nothing for other headings."""
    found = _PART_OF.fullmatch(words)
    if found:
        return f"{found['whole'].removesuffix('s')} {found['part']}"
    bare = re.sub(r"(?<=\w)(?:의|的|の)(?=\s?\w)", "", words)
    return "" if bare == words else bare


_OWN_COLUMNS: dict[Role, Column] = {
    "layer": "Layer",
    "type": "Type",
    "maps": "Maps",
    "units": "Size",
    "output": "Size",
    "size": "Size",
    "kernel": "Kernel",
    "stride": "Stride",
    "padding": "Padding",
    "groups": "Groups",
    "activation": "Activation",
    "from": "From",
    "parameters": "Parameters",
    "connections": "Connections",
    "operations": "Operations",
    "neurons": "Neurons",
    "note": "Note",
}


def own_heading(title: str) -> Column | None:
    """Return the heading of this project that means what another heading means, if there is one.

    >>> own_heading("출력 크기"), own_heading("Filters"), own_heading("Filter"), own_heading("Accuracy")
    ('Size', 'Maps', 'Kernel', None)
    """
    roles = roles_of(title)
    if "maps" in roles and _heading(title).endswith("s"):
        # The plural counts them; the singular says what one is like.
        return "Maps"
    return next((_OWN_COLUMNS[role] for role in roles if role in _OWN_COLUMNS), None)


def _heading(title: str) -> str:
    return plain(title).replace("_", " ").replace("#.", "#").strip(" :.*").casefold()


@lru_cache(maxsize=16_384)
def ops_in(text: str) -> tuple[tuple[int, int, Op], ...]:
    """Find the words for layers in a text: start, end and what each does, in their order.

    >>> [op for _, _, op in ops_in("Conv2d + BN + ReLU + MaxPool")]
    ['convolution', 'normalisation', 'activation', 'max pooling']
    """
    functions = _functions_in(text)
    taken: list[tuple[int, int, Op]] = []
    for op, pattern in _OP_PATTERNS:
        for found in pattern.finditer(text):
            span = found.span()
            # `rectified linear` is no linear layer.
            within = any(start <= span[0] and span[1] <= end for start, end, _ in functions)
            if not within and all(span[1] <= start or end <= span[0] for start, end, _ in taken):
                taken.append((*span, op))
    for start, end, _ in functions:
        if all(end <= other or after <= start for other, after, _ in taken):
            taken.append((start, end, "activation"))
    return tuple(sorted(taken))


def function_in(text: str) -> str | None:
    """Find the first function that a text names."""
    found = _functions_in(text)
    return found[0][2] if found else None


def _functions_in(text: str) -> list[tuple[int, int, str]]:
    """Find the words for functions in a text, in their order: `leaky ReLU` is longer than the `ReLU` in it."""
    found = [
        (*match.span(), name)
        for name, pattern in _FUNCTION_PATTERNS
        for match in pattern.finditer(text)
    ]
    return sorted(found, key=lambda word: (word[0], -word[1]))


ROLES: tuple[Role, ...] = get_args(Role)
