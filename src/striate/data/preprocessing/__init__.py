"""From bytes and letters to what a network reads: sizes, digits, windows, values, tokens, vectors."""
