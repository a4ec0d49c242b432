"""Keras on a folder of pictures, as TensorFlow's tutorial on image classification writes it; run by folders.py.

Source:
    TensorFlow's tutorials, Image classification: its network, Adam, 10 epochs, a fifth held out; with --augment its
    second network, which mirrors, turns and zooms, has a dropout, and takes 15 epochs. Its pictures have 180 x 180
    pixels; here they have those of the folder's own.
"""

import argparse
import json
from pathlib import Path

import keras
import PIL.Image
import tensorflow as tf
from keras import layers


def main() -> None:
    """Train on train/, and print the error on test/ as a line of JSON."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--augment", action="store_true")
    arguments = parser.parse_args()
    keras.utils.set_random_seed(arguments.seed)
    tf.config.threading.set_intra_op_parallelism_threads(1)
    tf.config.threading.set_inter_op_parallelism_threads(1)
    width, height = PIL.Image.open(next(arguments.folder.glob("train/*/*.png"))).size
    size = (height, width)
    train, held_out = keras.utils.image_dataset_from_directory(
        arguments.folder / "train",
        validation_split=0.2,
        subset="both",
        seed=123,
        image_size=size,
        batch_size=32,
    )
    test = keras.utils.image_dataset_from_directory(
        arguments.folder / "test", image_size=size, batch_size=32, shuffle=False
    )
    classes = len(train.class_names)
    model = keras.Sequential(
        [keras.Input((*size, 3)), *_layers(classes, is_augmented=arguments.augment)]
    )
    model.compile(
        optimizer="adam",
        loss=keras.losses.SparseCategoricalCrossentropy(from_logits=True),
        metrics=["accuracy"],
    )
    train = train.cache().shuffle(1000).prefetch(tf.data.AUTOTUNE)
    held_out = held_out.cache().prefetch(tf.data.AUTOTUNE)
    model.fit(train, validation_data=held_out, epochs=15 if arguments.augment else 10, verbose=2)
    _, accuracy = model.evaluate(test, verbose=0)
    print(json.dumps({"test_error": 1 - accuracy}))


def _layers(classes: int, *, is_augmented: bool) -> list[keras.Layer]:
    moved = [layers.RandomFlip("horizontal"), layers.RandomRotation(0.1), layers.RandomZoom(0.1)]
    body = [layers.Rescaling(1.0 / 255)]
    for maps in (16, 32, 64):
        body += [layers.Conv2D(maps, 3, padding="same", activation="relu"), layers.MaxPooling2D()]
    dropped = [layers.Dropout(0.2)] if is_augmented else []
    head = [layers.Flatten(), layers.Dense(128, activation="relu"), layers.Dense(classes)]
    return [*(moved if is_augmented else []), *body, *dropped, *head]


if __name__ == "__main__":
    main()
