"""The classes of layers that libraries print, sorted by what a table makes of them."""

from striate.layers import Function


FUNCTIONS: dict[str, Function] = {
    "ReLU": "ReLU", "Sigmoid": "sigmoid", "Tanh": "tanh", "Softmax": "softmax", "LogSoftmax": "log-softmax",
    "GELU": "GELU", "SiLU": "SiLU", "Hardswish": "hard swish", "Hardsigmoid": "hard sigmoid",
    "Mish": "mish", "SELU": "SELU", "ReLU6": "ReLU6", "Softplus": "softplus", "Softsign": "softsign",
    "Hardtanh": "hard tanh", "LogSigmoid": "log sigmoid",
}  # fmt: skip
NAMED_FUNCTIONS: tuple[tuple[str, Function], ...] = (
    ("relu6", "ReLU6"), ("relu", "ReLU"), ("log_softmax", "log-softmax"), ("softmax", "softmax"),
    ("hard_sigmoid", "hard sigmoid"), ("log_sigmoid", "log sigmoid"), ("sigmoid", "sigmoid"), ("tanh", "tanh"), ("swish", "SiLU"), ("silu", "SiLU"),
    ("gelu", "GELU"), ("selu", "SELU"),
)  # fmt: skip
NOTHING = {
    "Identity", "Rescaling", "Normalization", "GaussianNoise", "GaussianDropout", "ActivityRegularization",
    "RandomFlip", "RandomRotation", "RandomZoom", "RandomContrast", "RandomTranslation", "RandomBrightness",
    "RandomCrop", "Resizing", "CenterCrop", "DropPath", "StochasticDepth",
}  # fmt: skip
RESIZES = {"RandomCrop", "Resizing", "CenterCrop"}
"""Of these, those whose output tells what enters the network, not the size of the picture."""
WHOLE_NETWORKS = {
    "Functional", "Model", "Sequential", "ModuleList", "ModuleDict",
}  # fmt: skip
NOT_HELD = {
    "LSTM", "GRU", "SimpleRNN", "RNN", "Bidirectional", "TimeDistributed", "Embedding", "MultiheadAttention",
    "MultiHeadAttention", "Lambda", "TFOpLambda", "SlicingOpLambda", "Conv1d", "Conv1D", "Conv3d", "Conv3D",
    "MaxPool1d", "MaxPooling1D", "MaxPool3d", "MaxPooling3D", "GlobalMaxPooling1D", "GlobalAveragePooling1D",
    "AveragePooling1D", "AvgPool1d", "Permute", "RepeatVector", "LocallyConnected2D", "TransformerEncoderLayer",
    "LSTMCell", "GRUCell", "Masking", "ConvLSTM2D", "UpSampling1D", "Cropping2D", "Dot", "Minimum", "Maximum",
    "Average", "Subtract", "PixelShuffle", "Bilinear",
}  # fmt: skip
KERAS = (
    "InputLayer", "Conv2D", "Convolution2D", "Conv2DTranspose", "DepthwiseConv2D", "SeparableConv2D",
    "MaxPooling2D", "MaxPool2D", "AveragePooling2D", "AvgPool2D", "GlobalAveragePooling2D",
    "GlobalAvgPool2D", "GlobalMaxPooling2D", "GlobalMaxPool2D", "Flatten", "Dense", "Dropout",
    "SpatialDropout2D", "AlphaDropout", "BatchNormalization", "BatchNormalizationV1", "BatchNormalizationV2",
    "LayerNormalization", "GroupNormalization", "Activation", "ReLU", "LeakyReLU", "ELU", "PReLU", "Softmax",
    "ZeroPadding2D", "UpSampling2D", "Reshape", "Add", "Multiply", "Concatenate", "Merge",
)  # fmt: skip
ALL_KERAS = (*KERAS, *sorted(NOTHING), *sorted(NOT_HELD), "Functional", "Model", "Sequential")
