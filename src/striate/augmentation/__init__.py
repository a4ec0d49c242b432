"""How training images are changed, so that a network never meets the same one twice.

`kinds` says what may be done, as frozen data and without torch; `transforms` does it to whole batches.
"""
